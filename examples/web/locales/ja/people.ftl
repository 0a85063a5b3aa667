# 人と会社のページ。

# 最初のページ。
people-front-title = 二要素認証のある小さなサービス
people-front-text = second-factor のデモです。パスワードに加えて、認証アプリのコードでアカウントを守ります。
people-demo-title = デモ用アカウント
people-demo-text = デモのために作られたもので、パスワードは公開されています。一方の会社では二要素認証が必須で、もう一方では任意です。
people-welcome = ようこそ
people-signed-in-as = サインイン中:
people-required-soon = 二要素認証がまもなく必須になります。
people-set-up-before = { $by } までに設定してください。
people-to-settings = 二要素認証でアカウントを守る
people-to-administration = 管理
people-to-invitations = メンバーを招待する
people-register = 登録
people-sign-in = サインイン
people-sign-out = サインアウト

# 登録。
people-email = メールアドレス
people-password = パスワード
people-password-hint = { $least } 文字以上。
people-continue = 次へ
people-account-ready = アカウントの準備ができました。サインインしてください。
people-refused = メールアドレスとパスワードの組み合わせが違います。
people-no-account = アカウントをお持ちでないですか。
people-company = 会社
people-company-hint = 空欄の場合はメールアドレスのドメイン名になります。あなたが管理者となり、ほかの人を招待します。
people-by-registering = 登録すると、次に同意したことになります:
people-have-account = アカウントをお持ちですか。
people-no-address = メールアドレスではありません。
people-long-name = 会社名が長すぎます。
people-short-password = パスワードが短すぎます。
people-taken = このメールアドレスはすでに登録されています。

# 招待。
people-invitations = 招待
people-invite-to = { $company } に招待する
people-role = 役割
people-role-member = メンバー
people-role-administrator = 管理者
people-send-invitation = 招待を送る
people-waiting = 返事待ち
people-nobody-waits = ありません。
people-good-until = { $until } まで有効
people-take-back = 取り消す
people-invitation = 招待
people-invites-you = { $company } から招待されています
people-choose-password = { $email } のパスワードを決めて、サインインしてください。
people-join = 参加する

# 利用規約。
people-terms-title = 利用規約
people-terms-text = Lighthouse はデモです。入力した内容はこのコンピューターのフォルダーに保存され、何も保証されません。
people-terms-one = 大切な情報を入力しないでください。
people-terms-two = パスワードとバックアップコードは、ほかの人に教えないでください。
people-terms-three = 誰かにアカウントを使われたときは、ご連絡ください。
people-terms-ask = あと少しです。続けるには同意してください。
people-terms-accept = 同意する

# 新しいパスワード。
people-change-password = パスワードを変更する
people-change-password-text = ほかのセッション、信頼済みのブラウザー、API トークンは、古いパスワードとともに無効になります。
people-current-password = 現在のパスワード
people-new-password = 新しいパスワード
people-wrong-password = 現在のパスワードが違います。
people-not-accepted = 受け付けられませんでした:
people-own-code = 認証アプリのコードまたはバックアップコード
people-back-to-settings = 設定に戻る
people-mail-password-subject = パスワードが変更されました
people-mail-password = アカウントのパスワードが変更され、ほかのすべての場所からサインアウトされました。

# シングルサインオン。
people-sso = シングルサインオン
people-provider-title = Harbour の ID プロバイダー
people-provider-text = このページがプロバイダーの役をします。どなたですか。
people-provider-known = プロバイダーが本人であることを確認しました。
people-provider-continue = Lighthouse に進む

# プログラムのトークン。
people-api-tokens = API トークン
people-api-text = トークンを送るプログラムは、二要素認証なしであなたとして扱われます。パスワードと同じように保管してください。
people-api-none = まだありません。
people-api-name = 何に使いますか。
people-api-make = トークンを作る
people-api-made = 今すぐコピーしてください。二度と表示されません。
people-api-made-at = 作成: { $at }
people-api-revoke = 無効にする
