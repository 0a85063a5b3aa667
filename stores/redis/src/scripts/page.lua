#!lua flags=allow-oom
-- KEYS: the directory of a tenant. ARGV: where to begin, how many users at most. Yields their ids.
return redis.call('ZRANGE', KEYS[1], ARGV[1], '+', 'BYLEX', 'LIMIT', 0, ARGV[2])
