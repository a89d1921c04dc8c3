import { createHash } from 'node:crypto';

/** A script that Redis runs as one step, with the digest under which it keeps it. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

// Microseconds of Redis' own clock: tokens are ordered by it, whatever the replicas' clocks say. A number from the future
// is no order, but a clock that was set back by more than a minute, or something that was tampered with.
const NOW = `
local time = redis.call('TIME')
time = time[1] * 1000000 + time[2]
local function number(text)
  local n = type(text) == 'string' and tonumber(text) or 0
  if n >= 0 and n < time + 60000000 then return n end
  return 0
end
`;

// What is not ours to read is not ours to replace. A key of another type than we write is nothing at all.
const KEPT = `
local function kept(key)
  local fields = redis.pcall('HMGET', key, 'k', 'f', 't')
  if fields.err then return nil end
  if not fields[1] or not string.match(fields[1], '^[%w_-]+$') or #fields[1] ~= 12 then return nil end
  return { key = fields[1], number = fields[2], digest = fields[3] }
end
local function known(id, from)
  for n = from, #ARGV do
    if ARGV[n] == id then return true end
  end
  return false
end
`;

// Without the right to publish, those who wait look now and then.
const TELL = `
local function tell(channel, message)
  redis.pcall('PUBLISH', channel, message)
end
`;

/** KEYS: token. Returns the key's id, the sealed record, the milliseconds it has left, and the token's digest. */
export const READ = script(`
local fields = redis.pcall('HMGET', KEYS[1], 'k', 'v', 't')
if fields.err then return { '', '', -1, '' } end
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
return { fields[1] or '', fields[2] or '', redis.call('PTTL', KEYS[1]), fields[3] or '' }
`);

/** KEYS: token. ARGV: the sealed record that could not be used. Another one stays. */
export const DISCARD = script(`
local fields = redis.pcall('HMGET', KEYS[1], 'v')
if fields.err or (fields[1] or '') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);

const NEXT = `
local function next_number(token, key)
  local last = number(redis.pcall('GET', key))
  local text = string.format('%.0f', math.max(time, last + 1, number(token and token.number) + 1))
  redis.call('SET', key, text, 'PX', 86400000)
  return text
end
`;

/**
 * KEYS: token, lease, failure, number. ARGV: owner, milliseconds, 1 to ask despite a failure, the ids of known keys.
 * A lease's number is greater than that of any lease or token before, so that the order of tokens is that of leases.
 */
export const LEASE = script(`
${NOW}${KEPT}${NEXT}
local left = redis.call('PTTL', KEYS[2])
if left >= 0 and redis.pcall('GET', KEYS[2]) ~= ARGV[1] then return { 'held', left } end
local token = kept(KEYS[1])
if token and not known(token.key, 4) then return { 'unavailable', token.key } end
if ARGV[3] ~= '1' then
  local failure = redis.pcall('GET', KEYS[3])
  local cooling = redis.call('PTTL', KEYS[3])
  if type(failure) == 'string' and cooling > 0 then return { 'cooling-down', cooling, failure } end
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return { 'acquired', next_number(token, KEYS[4]), string.format('%.0f', time / 1000) }
`);

/** KEYS: token, lease, number. ARGV: owner, milliseconds. The bank is about to be asked again, so there is a new number. */
export const EXTEND = script(`
${NOW}${KEPT}${NEXT}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {} end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return { next_number(kept(KEYS[1]), KEYS[3]), string.format('%.0f', time / 1000) }
`);

/** KEYS: lease, failure. ARGV: owner, channel, message, sealed failure or nothing, milliseconds. */
export const RELEASE = script(`
${TELL}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if ARGV[4] ~= '' then redis.pcall('SET', KEYS[2], ARGV[4], 'PX', ARGV[5]) end
tell(ARGV[2], ARGV[3])
return 1
`);

/**
 * KEYS: token, failure. ARGV: number of the lease or nothing, when the token was asked for and when it expires (in
 * milliseconds of Redis' clock: this may arrive late), id of the key, digest, sealed record, channel, message, the ids
 * of known keys.
 */
export const WRITE = script(`
${NOW}${KEPT}${TELL}
local expires = tonumber(ARGV[3])
local ours = tonumber(ARGV[1]) or number(string.format('%.0f', ARGV[2] * 1000))
local token = kept(KEYS[1])
if expires * 1000 <= time then return 0 end
if token then
  if not known(token.key, 9) then return 0 end
  if token.digest == ARGV[5] then
    if redis.call('PTTL', KEYS[1]) > expires - time / 1000 then redis.call('PEXPIREAT', KEYS[1], ARGV[3]) end
    redis.call('DEL', KEYS[2])
    return 1
  end
  if ours < number(token.number) then return 0 end
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'k', ARGV[4], 'f', string.format('%.0f', ours), 't', ARGV[5], 'v', ARGV[6])
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
redis.call('DEL', KEYS[2])
tell(ARGV[7], ARGV[8])
return 1
`);

/** KEYS: token. ARGV: channel, message, then id and digest of the token under each known key. */
export const REMOVE = script(`
${KEPT}${TELL}
local token = kept(KEYS[1])
local removed = 0
for n = 3, #ARGV, 2 do
  if token and token.key == ARGV[n] and token.digest == ARGV[n + 1] then
    removed = redis.call('DEL', KEYS[1])
  end
end
tell(ARGV[1], ARGV[2])
return removed
`);

/** The milliseconds of Redis' clock. KEYS: one of the slot. */
export const NOW_THERE = script(`
${NOW}
redis.call('EXISTS', KEYS[1])
return string.format('%.0f', time / 1000)
`);

/** KEYS: check, token, lease, failure, number. Does there what is done elsewhere, so that it shows whether that can be done. */
export const CHECK = script(`
redis.call('PTTL', KEYS[2])
for n = 3, 5 do redis.call('EXISTS', KEYS[n]) end
redis.call('SET', KEYS[1], '1', 'PX', 1000)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'k', '1')
redis.call('PEXPIRE', KEYS[1], 1000)
return 1
`);
