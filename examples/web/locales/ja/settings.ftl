# 個人のセキュリティ設定とセットアップ

settings-title = セキュリティ
settings-two-factor = 二要素認証
settings-is-on = { $email } でのサインインには、パスワードとコードが必要です。
settings-is-off = { $email } のアカウントは、パスワードだけで開けます。
settings-required-now = ここでは必須です。
settings-required-now-text = 続けるには設定してください。
settings-required-soon = まもなく必須になります。
settings-required-soon-text = { $by } までに設定してください。
settings-held-back = 間違ったコードが続けて入力されました。次のコードは{ $wait }に確認されます。
settings-back = セキュリティ設定に戻る
settings-cancel = キャンセル

# セットアップ
settings-step-begin = アプリを用意
settings-step-confirm = 読み取って確認
settings-step-codes = バックアップコードを保存
settings-enroll-title = アカウントを保護する
settings-enroll-text = スマートフォンまたはパソコンの認証アプリが必要です。Google Authenticator、Microsoft Authenticator、Authy、Duo、1Password など、どれでも使えます。
settings-enroll-submit = 設定する
settings-new-name = アプリを入れた端末の名前
settings-new-name-example = スマートフォン
settings-new-name-hint = あとでほかの端末と見分けるための名前です。
settings-ticket = 管理者から受け取ったチケット
settings-ticket-refused = このチケットは確認できませんでした。管理者に新しいチケットを依頼してください。
settings-confirm-title = アプリを設定
settings-confirm-scan = アプリで読み取ってください
settings-confirm-qr = 下のキーのQRコード
settings-confirm-no-camera = 読み取れませんか？
settings-confirm-type = 代わりに、このキーをアプリに入力してください：
settings-confirm-open = この端末のアプリで開く
settings-copy-key = キーをコピー
settings-copied = コピーしました
settings-confirm-code = アプリに表示されたコードを入力
settings-confirm-label = アプリのコード
settings-turn-on = オンにする
settings-confirm-expires = この設定は { $until } まで有効です。コードが確認されるまで何も変わりません。

# 認証アプリ
settings-apps = 認証アプリ
settings-app-dates = 追加：{ $added }、最終使用：{ $used }
settings-app-disabled = 間違ったコードが多すぎるため停止中：変更してください
settings-app-replace = 別のアプリに変更
settings-app-remove = 削除
settings-app-add = アプリを追加
settings-rename = 名前を変更
settings-rename-label = 新しい名前
settings-turn-off = オフにする
settings-required = 会社で必須のため、アプリの変更はできますが、オフにはできません。

# バックアップコード
settings-codes = バックアップコード
settings-codes-left = 未使用
settings-codes-few = 残りわずか：新しく作成してください
settings-codes-issued = 作成
settings-codes-saved = 保存
settings-codes-saved-at = { $at } に確認済み
settings-codes-show-saved = 1つ入力して確かめる
settings-codes-used = 使用済み
settings-codes-make = 新しく作成
settings-codes-view = 表示する
settings-codes-title = バックアップコード
settings-codes-save-now = いま保存してください。
settings-codes-new = 表示されるのは今回だけで、以前のコードは使えなくなりました。
settings-codes-unused = まだ使っていないコードです。
settings-codes-what-for = スマートフォンをなくしたり壊したりしたとき、アプリのコードの代わりに使えます。各コードは1回だけ使えます。
settings-codes-download = ファイルに保存
settings-codes-copy = コピー
settings-codes-print = 印刷
settings-codes-where = パスワードと同じ場所か紙に保管し、認証アプリの入ったスマートフォンには置かないでください。
settings-codes-done = 保存しました
settings-codes-file = { -brand } の { $email } のバックアップコード。各コードは1回だけ使えます。
settings-saved-title = バックアップコードは保存しましたか？
settings-saved-text = 保存した場所から1つ入力してください。入力したコードは使用済みになり、残りが1つ減ります。
settings-saved-refused = 未使用のバックアップコードではありません。見つからない場合は、新しく作成してください。
settings-saved-submit = 保存したことを確かめる

# ブラウザーとセッション
settings-browsers = 信頼するブラウザー
settings-browsers-none = ありません。サインインのたびにコードを求められます。
settings-this-browser = このブラウザー
settings-browser-until = 最終使用：{ $used }、{ $until } まで信頼
settings-browser-until-sign-out = 最終使用：{ $used }、そこでサインアウトするまで信頼
settings-browser-remove = 削除
settings-browser-forget = 忘れる
settings-browsers-remove-all = すべて削除
settings-known = サインインしたことのあるほかのブラウザー
settings-known-text = コードを求められますが、他人の入力ミスで待たされることはありません。
settings-known-used = 最終使用：{ $used }
settings-sessions = サインイン中の場所
settings-sessions-text = スマートフォンを盗まれたとき、どこかでサインアウトし忘れたときに。このブラウザーも含め、すべてのセッションと信頼を終了します。
settings-sign-out-everywhere = すべての場所でサインアウト
settings-messages = お知らせ
settings-messages-none = まだありません。
settings-messages-not-you = 心当たりのないものがある場合のご連絡先：

# 重要な変更の前の確認
settings-prove-label = ご本人の確認：アプリのコード
settings-add-title = 認証アプリを追加
settings-add-text = どちらのコードでもサインインできるようになります。
settings-replace-title = 別の認証アプリに変更
settings-replace-text = 新しいアプリの設定が終わるまで、現在のアプリも使えます。その後、ほかのブラウザーではサインインし直します。
settings-remove-title = 認証アプリを削除
settings-remove-text = 以後、そのアプリのコードは使えません。
settings-disable-title = 二要素認証をオフにする
settings-disable-text = パスワードだけでアカウントを開けるようになります。認証アプリ、バックアップコード、信頼するブラウザーは削除されます。
settings-new-codes-title = バックアップコードを新しく作成
settings-new-codes-text = 以後、現在のコードは使えません。
settings-view-codes-title = バックアップコードを表示
settings-view-codes-text = 表示されたことをメールでお知らせします。
