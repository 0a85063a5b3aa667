#!lua flags=allow-oom
-- KEYS: a record, the directory of its tenant. ARGV: the user's id, then the fields wanted. Yields their values, or nothing.
-- It writes nothing, but does not say so to Redis: then Redis refuses it wherever it would refuse a write, so on a replica.
local values = redis.call('HMGET', KEYS[1], unpack(ARGV, 2))
for i = 1, #ARGV - 1 do
  if not values[i] then
    if redis.call('EXISTS', KEYS[1]) == 1 then
      return redis.error_reply('DAMAGED a stored record lacks its ' .. ARGV[i + 1])
    end
    if redis.call('ZSCORE', KEYS[2], ARGV[1]) then
      return redis.error_reply('LOST the record of a listed user')
    end
    return false
  end
end
return values
