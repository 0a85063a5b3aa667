#!lua
-- KEYS: a record, the directory of its tenant. ARGV: the user's id, the revision that has to be there (empty: no record), then the
-- values of the next record (none: remove it). Yields 1 if it wrote, 0 if another revision is there.
-- Whatever can fail comes before the first write: Redis does not roll back.
local found = redis.call('HGET', KEYS[1], 'revision')
local listed = redis.call('ZSCORE', KEYS[2], ARGV[1])
if found then
  if #found ~= 16 then
    return redis.error_reply('DAMAGED a stored revision has ' .. #found .. ' bytes instead of 16')
  end
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.error_reply('DAMAGED a stored record lacks its revision')
elseif listed then
  return redis.error_reply('LOST the record of a listed user')
end
if (found or '') ~= ARGV[2] then
  return 0
end
if #ARGV > 2 then
  redis.call(
    'HSET', KEYS[1], 'revision', ARGV[3], 'record', ARGV[4],
    'generation', ARGV[5], 'enrolled_at', ARGV[6], 'last_verified_at', ARGV[7], 'backup_codes_left', ARGV[8],
    'trusted_devices', ARGV[9], 'locked_until', ARGV[10], 'pending_notices', ARGV[11]
  )
  if not listed then
    redis.call('ZADD', KEYS[2], 0, ARGV[1])
  end
else
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
end
return 1
