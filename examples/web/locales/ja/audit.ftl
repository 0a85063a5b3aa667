# ページ。
audit-title = 監査ログ
audit-when = 日時 (UTC)
audit-member = メンバー
audit-by = 実行者
audit-what = 内容
audit-details = 詳細
audit-any-kind = すべて
audit-from-day = 開始日
audit-until-day = 終了日
audit-search = 検索
audit-clear = すべて表示
audit-download = CSV をダウンロード
audit-older = 以前の記録
audit-newest = 最新の記録
audit-recent-title = このアカウントの最近の記録
audit-empty = 該当する記録はありません。
audit-bad-day = 日付は 2026-07-31 のように入力してください。

# 実行者。
audit-by-member = 本人、またはパスワードを知っている人
audit-by-operator = 運営者：{ $name }

# 内容。
audit-signed-in = 二要素認証でサインイン
audit-trusted-browser-used = 信頼済みブラウザーからサインイン
audit-signed-in-without = 二要素認証なしでサインイン
audit-signed-out = サインアウト
audit-signed-out-everywhere = すべての場所でサインアウト
audit-password-refused = パスワードの間違い
audit-password-changed = パスワードの変更
audit-challenged = パスワード確認後、コードを要求
audit-code-sent = コードを送信
audit-code-refused = コードの間違い
audit-replay-refused = 使用済みコードの再入力
audit-many-wrong-codes = 間違ったコードが多数
audit-enrollment-started = 設定を開始
audit-enabled = 二要素認証を有効化
audit-disabled = 二要素認証を無効化
audit-authenticator-added = 認証アプリを追加
audit-authenticator-replaced = 認証アプリを変更
audit-authenticator-removed = 認証アプリを削除
audit-authenticator-imported = 認証アプリを別のシステムから引き継ぎ
audit-authenticator-renamed = 認証アプリの名前を変更
audit-authenticators-disabled = 間違ったコードが多いため認証アプリを停止
audit-backup-codes-issued = バックアップコードを発行
audit-backup-code-used = バックアップコードを使用
audit-backup-codes-low = バックアップコードの残りがわずか
audit-backup-codes-viewed = バックアップコードを表示
audit-backup-codes-saved = バックアップコードの保存を確認
audit-browser-trusted = ブラウザーを信頼
audit-browser-revoked = ブラウザーの信頼を解除
audit-browsers-revoked = すべてのブラウザーの信頼を解除
audit-browser-renamed = ブラウザーの名前を変更
audit-trust-ended = サインアウトにより信頼が終了
audit-stepped-up = 二要素認証を再確認
audit-proof-spent = 再確認した二要素認証をページで使用
audit-reset = 二要素認証をリセット
audit-required-by-policy = 二要素認証が必須であることを通知
audit-policy-saved = 会社のポリシーを保存
audit-purged = 二要素認証を使用しないため設定を削除
audit-restored = バックアップから設定を復元
audit-erased = 設定を消去
audit-invited = 招待
audit-notices-lost = 通知の一部が失われました
audit-entries-lost = このログの一部が失われました

# 詳細。
audit-label-until = { $label }（{ $date } まで）
audit-reason = 理由：{ $reason }
audit-from = { $date } から
audit-left = 残り { $left } 個
audit-held-until = { $date } までコードを受け付けません
audit-all-guesses = 未知のブラウザーの試行回数を使い切りました
audit-by-mail = メール
audit-by-text-message = テキストメッセージ
audit-with-app = 認証アプリ
audit-with-backup-code = バックアップコード
