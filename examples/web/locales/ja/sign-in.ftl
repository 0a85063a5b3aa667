# サインインの第二段階

sign-in-code-title = コードを入力
sign-in-code-app = 認証アプリに表示されている { -brand } の6桁のコードを入力してください。コードは30秒間有効で、その後は次のコードに変わります。
sign-in-code-backup = バックアップコード（英数字のグループ）を1つ入力してください。各コードは1回だけ使えます。
sign-in-code-none = コードの受け取り方法を下から選んでください。
sign-in-label = コード
sign-in-backup-label = バックアップコード
sign-in-trust-days = このブラウザーでは{ $days }日間、再入力を求めない
sign-in-trust-until-sign-out = サインアウトするまで、このブラウザーでは再入力を求めない
sign-in-trust-hint = 共用のパソコンでは選ばないでください。バックアップコードでのサインインは記憶されません。
sign-in-submit = サインイン

sign-in-other-ways = ほかの方法
sign-in-use-backup = バックアップコードを使う
sign-in-use-app = アプリのコードを使う
sign-in-send-mail = メールで受け取る
sign-in-send-mail-again = メールをもう一度送る
sign-in-send-text = SMSで受け取る
sign-in-send-text-again = SMSをもう一度送る
sign-in-to = 送信先：{ $address }
sign-in-sent-mail = { $address } にメールを送りました。コードは { $until } まで有効です。
sign-in-sent-text = { $address } にSMSを送りました。コードは { $until } まで有効です。
sign-in-next = 届きませんか？ { $wait }に再送できます。
sign-in-too-soon = { $wait }に再送できます。
sign-in-tries-used = このコードへの間違いが多すぎます。新しいコードを受け取るには、サインインをやり直してください。
sign-in-not-sent = 送信できませんでした。ほかの方法を試すか、{ $support } までご連絡ください。

sign-in-stuck = コードを受け取れない場合のご連絡先：
sign-in-someone-else = 別のユーザーでサインイン
