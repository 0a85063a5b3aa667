# 多くのページで使う言葉

-brand = Lighthouse
common-brand = { -brand }

common-skip = 本文へ移動
common-menu = アカウント
common-settings = セキュリティ
common-administration = 管理
common-sign-in = サインイン
common-sign-out = サインアウト
common-register = 登録
common-language = 言語
common-start-again = 最初からやり直す

common-in-seconds = { $seconds }秒後
common-in-minutes = { $minutes }分後
common-wait = { $long }（{ $time } UTC）
common-clock-fast-seconds = 約{ $long }秒進んでいる
common-clock-slow-seconds = 約{ $long }秒遅れている
common-clock-fast-minutes = 約{ $long }分進んでいる
common-clock-slow-minutes = 約{ $long }分遅れている

# うまくいかなかったときのページ
common-over-title = この手順は終了しました
common-over-text = 時間切れか、別のウィンドウで完了しています。最初からやり直してください。
common-foreign-title = 別の場所から送られたフォームです
common-foreign-text = このサイトのページから送られていないか、ページが古くなっているため、何も行いませんでした。ページを開き直してもう一度お試しください。
common-bad-form-title = フォームに不足があります
common-bad-form-text = 読み取れなかったため、何も行いませんでした。ページを開き直してもう一度お試しください。
common-not-found-title = ページが見つかりません
common-not-found-text = アドレスが間違っている可能性があります。
common-unavailable-title = 現在確認できません
common-unavailable-text = 数分後にもう一度お試しください。
common-broken-title = 問題が発生しました
common-broken-text = お客様の操作の問題ではありません。もう一度お試しください。
common-not-allowed-title = この操作はできません
common-not-allowed-text = 会社の規則で許可されていません。お困りの場合は { $support } までご連絡ください。
common-required = ここでは二要素認証が必須です。設定でアプリを変更できますが、オフにはできません。
common-needs-proof = 新しいコードが必要です。設定からやり直してください。
common-needs-ticket = 管理者が二要素認証をリセットしました。再設定には受け取ったチケットが必要です。
common-not-enrolled = 二要素認証は設定されていません。
common-factor-off = この方法は会社で使われていません。
common-no-factor = ここで使える認証方法がありません。{ $support } までご連絡ください。
common-limit = これ以上追加できません。先にどれかを削除してください。
common-last-authenticator = 最後の認証アプリは削除できません。別のアプリに変更するか、二要素認証をオフにしてください。
common-viewing-off = ここではバックアップコードを再表示できません。新しく作成できます。
common-own-reset = 自分の二要素認証はリセットできません。別の管理者に依頼してください。
common-invalid-reason = 1〜200文字の理由が必要です。
common-invalid-name = 名前は1〜64文字です。
common-stale-preview = 確認した後に状況が変わりました。影響をもう一度確認してください。

# 入力されたコードが正しくないとき
common-not-accepted = 確認できません：
common-code-refused = このコードは確認できませんでした。
common-code-held-back = 間違ったコードが続けて入力されました。
common-code-wait = { $wait }に再試行できます。間違えるたびに待ち時間が長くなります。
common-code-backup-anyway = バックアップコードは待たずに使えます。
common-code-clock = スマートフォンの時計が{ $clock }ようです。時刻の自動設定をオンにしてから、次のコードを入力してください。
common-code-tries = あと{ $tries }回間違えると、しばらく待つことになります。
common-code-sent-tries = { $tries ->
    [0] 送信したコードはもう使えません。
   *[other] 送信したコードはあと{ $tries }回試せます。
}
common-code-next = アプリに次のコードが表示されてから、それを入力してください。

common-on = オン
common-off = オフ
