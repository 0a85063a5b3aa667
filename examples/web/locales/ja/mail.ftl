# お知らせ。利用者が入力したもの（名前、ラベル、理由）はかぎ括弧に入れる。
mail-subject-enabled = 二要素認証が有効になりました
mail-subject-disabled = 二要素認証が無効になりました
mail-subject-reset = 二要素認証がリセットされました
mail-subject-required = 二要素認証の設定が必要です
mail-subject-backup-codes = バックアップコードについて
mail-subject-browsers = 信頼済みブラウザーについて
mail-subject-alarm = パスワードが第三者に知られている可能性があります
mail-subject-changed = 二要素認証の設定が変更されました

mail-enabled = お使いのアカウントの二要素認証が有効になりました。
mail-disabled = お使いのアカウントの二要素認証が無効になりました。
mail-authenticator-added = 認証アプリ「{ $name }」がアカウントに追加されました。
mail-authenticator-replaced = 認証アプリが「{ $name }」に変更されました。
mail-authenticator-removed = 認証アプリ「{ $name }」がアカウントから削除されました。
mail-authenticator-imported = 認証アプリ「{ $name }」が別のシステムから引き継がれました。
mail-authenticators-disabled = 間違ったコードが何度も入力されたため、認証アプリを停止しました。バックアップコードでサインインし、設定し直してください。
mail-reset-by-administrator = 管理者が二要素認証をリセットしました。理由：{ $reason }
mail-reset-by-operator = サービスの運営者が二要素認証をリセットしました。理由：{ $reason }
mail-purged = 二要素認証は使用されなくなり、保存されていた設定は削除されました。
mail-restored = 二要素認証の設定がバックアップから復元されました。バックアップコードを新しく作成してください。信頼済みのブラウザーはすべて解除されました。
mail-required = 二要素認証が必須になりました。設定画面で設定してください。
mail-required-from = { $date } から二要素認証が必須になります。それまでに設定画面で設定してください。
mail-backup-codes-issued = 新しいバックアップコードを { $count } 個発行しました。以前のコードは使えません。
mail-backup-code-used = バックアップコードが使用されました。残りは { $left } 個です。
mail-backup-codes-gone = バックアップコードが残っていません。新しく作成してください。
mail-backup-codes-low = バックアップコードの残りが { $left } 個になりました。新しく作成してください。
mail-backup-codes-viewed = バックアップコードが表示されました。
mail-browser-trusted = 「{ $name }」を信頼済みブラウザーにしました。サインアウトするまでコードの入力は不要です。
mail-browser-trusted-until = 「{ $name }」を信頼済みブラウザーにしました。{ $date } までコードの入力は不要です。
mail-browser-revoked = 「{ $name }」は信頼済みブラウザーではなくなりました。
mail-browsers-revoked = 信頼済みブラウザーはすべて解除されました。
mail-signed-out-everywhere = すべての場所でサインアウトしました。
mail-replay-refused = 使用済みのコードがもう一度入力されました。入力を誰かに見られた可能性があります。
mail-many-wrong-codes = 間違ったコードが何度も入力されました。パスワードが知られています。変更してください。
mail-notices-lost = メールを送れない間に、お知らせしきれない数の変更がありました。設定画面を確認してください。
mail-changed = 二要素認証の設定が変更されました。

# お知らせの末尾。
mail-when = 日時：{ $date }
mail-not-you = お心当たりがない場合：{ $contact }
mail-contact = すぐに { $support } までご連絡ください。
mail-why = このメールは、{ $company } のアカウント { $address } に関するお知らせです。

# コード。
mail-code-subject = サインイン用のコード
mail-code = { $company } のアカウントに、パスワードを知っている人がサインインしようとしています。ご本人の場合は、次のコードを入力してください。
mail-code-until = { $date } まで、1回だけ使えます。電話などでこのコードをお尋ねすることはありません。
mail-code-not-you = サインインしていない場合は、パスワードが第三者に知られています。変更してください。{ $contact }
mail-text-message = { $code } は { $company } のコードです（{ $date } まで）。このコードをお尋ねすることはありません。

# 招待。
mail-invitation-subject = { $company } から Lighthouse への招待
mail-invitation = { $company } から Lighthouse に招待されました。{ $until } まで、次のリンクからパスワードを設定できます。
mail-invitation-has-account = { $company } から Lighthouse に招待されましたが、すでにアカウントをお持ちです。
mail-invitation-why = このメールは、招待の権限を持つ人があなたのアドレスを入力したためお送りしました。お心当たりがない場合は破棄してください。

# デモ用のページ。
mail-shown-here = 実際には送信されません。内容はこちら：
mail-outbox-title = 送信トレイ
mail-outbox-about = このデモはメールを送信しません。送信するはずの内容を、誰でも見られる形でここに表示します。
mail-outbox-to = 宛先
mail-outbox-empty = メールはまだありません。
mail-phone-title = 電話
mail-phone-about = このデモはテキストメッセージを送信しません。送信するはずの内容を、誰でも見られる形でここに表示します。
mail-phone-empty = テキストメッセージはまだありません。

# 心当たりがない人へのメールの文面。
mail-contact-tab = メール
mail-contact-title = お心当たりがない場合
mail-contact-label = 本人の操作でない場合にメールに記載する内容
mail-contact-hint = 連絡先や対応方法です。入力した言語のまま、すべてのお知らせに記載されます。空欄の場合：{ $support }
mail-contact-long = { $most } 文字以内、1行で入力してください。
mail-contact-save = 保存
