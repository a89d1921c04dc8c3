import { createHash } from 'node:crypto';

/** A script that Redis runs as one step, and the digest under which Redis caches it. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** The longest sealed token that is written or read, in bytes: several times the size of any token. */
export const LONGEST_TOKEN_RECORD = 262_144;
/** The longest sealed failure, in bytes. */
export const LONGEST_FAILURE_RECORD = 16_384;

// A missing right is an error that names the right: Redis itself does not name it to scripts.
const TRY = `
local function try(...)
  local answer = redis.pcall(...)
  local text = type(answer) == 'table' and answer.err
  if text then
    text = string.lower(text)
    local rule = string.find(text, 'permissions', 1, true) or string.find(text, 'the user executing the script', 1, true)
    local user = "The user executing the script can't "
    if rule and string.find(text, ' key', 1, true) then error(user .. 'access at least one of the keys', 0) end
    if rule then error(user .. "run this command: no right to the '" .. string.lower((...)) .. "' command", 0) end
  end
  return answer
end
local function run(...)
  local answer = try(...)
  -- As Redis says it: it was not done the first time, and is not the second time.
  if type(answer) == 'table' and answer.err then return redis.call(...) end
  return answer
end
local function size(...)
  local length = try(...)
  if type(length) == 'number' then return length end
  return string.find(length.err, 'WRONGTYPE', 1, true) and -1 or redis.call(...)
end
`;

// Microseconds of Redis' own clock: tokens are ordered by it, whatever the replicas' clocks say. A number more than a
// minute ahead counts as 0: the clock was set back, or the number was tampered with.
const NOW = `
local time = run('TIME')
time = time[1] * 1000000 + time[2]
local function written(n)
  return string.format('%.0f', n)
end
local function number(text)
  local n = type(text) == 'string' and tonumber(text) or 0
  if n >= 0 and n < time + 60000000 then return n end
  return 0
end
`;

// A key of Redis may hold anything. Sizes are asked before anything is read. A value that no version of ours writes
// counts as nothing; a value that we may not read, we do not replace.
const KEPT = `
local function kept(key)
  if size('HSTRLEN', key, 'k') ~= 12 or size('HSTRLEN', key, 't') ~= 43 then return nil end
  local sealed, order = size('HSTRLEN', key, 'v'), size('HSTRLEN', key, 'f')
  if sealed < 1 or sealed > ${LONGEST_TOKEN_RECORD} or order < 1 or order > 20 then return nil end
  local left = run('PTTL', key)
  if left < 0 then return nil end
  local fields = try('HMGET', key, 'k', 'f', 't')
  if not string.match(fields[1], '^[%w_-]+$') then return nil end
  return { key = fields[1], number = fields[2], digest = fields[3], left = left }
end
local function known(id, from)
  for n = from, #ARGV do
    if ARGV[n] == id then return true end
  end
  return false
end
`;

const OWNER = `
local function owner(key)
  if size('STRLEN', key) ~= 22 then return nil end
  local name = try('GET', key)
  return string.match(name, '^[%w_-]+$') and name
end
`;

// Without the right to publish, waiting flights poll.
const TELL = `
local function tell(channel, message)
  redis.pcall('PUBLISH', channel, message)
end
`;

/**
 * KEYS: token. Returns the key's id, the sealed record, the token's digest, its number, the remaining time to live in
 * milliseconds, and the microseconds of Redis' clock. Removes any value that is no record.
 */
export const READ = script(`
${TRY}${NOW}${KEPT}
local token = kept(KEYS[1])
if not token then
  if run('EXISTS', KEYS[1]) == 1 then run('DEL', KEYS[1]) end
  return {}
end
local sealed = try('HMGET', KEYS[1], 'v')[1]
return { token.key, sealed, token.digest, token.number, token.left, written(time) }
`);

/** KEYS: token. ARGV: the unusable sealed record. Any other record stays. */
export const DISCARD = script(`
${TRY}
if size('HSTRLEN', KEYS[1], 'v') ~= #ARGV[1] then return 0 end
if try('HMGET', KEYS[1], 'v')[1] == ARGV[1] then return run('DEL', KEYS[1]) end
return 0
`);

const NEXT = `
local function next_number(token, key)
  local length = size('STRLEN', key)
  local last = length > 0 and length <= 20 and number(try('GET', key)) or 0
  local text = written(math.max(time, last + 1, number(token and token.number) + 1))
  run('SET', key, text, 'PX', 86400000)
  return text
end
`;

/**
 * KEYS: token, lease, failure, number. ARGV: owner, milliseconds, 1 to ask despite a failure, the ids of known keys.
 * A lease's number is greater than that of any lease or token before, so that the order of tokens is that of leases.
 * Any other value in the place of a lease is no reason to wait.
 */
export const LEASE = script(`
${TRY}${NOW}${KEPT}${OWNER}${NEXT}
local left = run('PTTL', KEYS[2])
local holder = left >= 0 and owner(KEYS[2])
if holder and holder ~= ARGV[1] then return { 'held', left, holder } end
local token = kept(KEYS[1])
if token and not known(token.key, 4) then return { 'unavailable', token.key } end
if ARGV[3] ~= '1' then
  local length = size('STRLEN', KEYS[3])
  local cooling = run('PTTL', KEYS[3])
  if length > 0 and length <= ${LONGEST_FAILURE_RECORD} and cooling > 0 then
    return { 'cooling-down', cooling, try('GET', KEYS[3]), written(time) }
  end
end
run('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return { 'acquired', next_number(token, KEYS[4]), written(time) }
`);

/** KEYS: token, lease, number. ARGV: owner, milliseconds. Takes a new number for the bank's next token request. */
export const EXTEND = script(`
${TRY}${NOW}${KEPT}${OWNER}${NEXT}
if owner(KEYS[2]) ~= ARGV[1] then return {} end
run('PEXPIRE', KEYS[2], ARGV[2])
return { next_number(kept(KEYS[1]), KEYS[3]), written(time) }
`);

/** KEYS: lease, failure. ARGV: owner, channel, message, sealed failure or an empty string, milliseconds. */
export const RELEASE = script(`
${TRY}${OWNER}${TELL}
if owner(KEYS[1]) ~= ARGV[1] then return 0 end
run('DEL', KEYS[1])
if ARGV[4] ~= '' then try('SET', KEYS[2], ARGV[4], 'PX', ARGV[5]) end
tell(ARGV[2], ARGV[3])
return 1
`);

/**
 * KEYS: token, failure. ARGV: the token's order, its expiry (in milliseconds of Redis' clock: this may arrive late), id
 * of the key, digest, sealed record, channel, message, the ids of known keys. Returns 1 if the token was written, 2 if
 * this very token was there already, 0 if it was not kept.
 */
export const WRITE = script(`
${TRY}${NOW}${KEPT}${TELL}
local expires = tonumber(ARGV[2])
local token = kept(KEYS[1])
if expires * 1000 <= time then return 0 end
if token then
  if not known(token.key, 8) then return 0 end
  if token.digest == ARGV[4] then
    if token.left > expires - time / 1000 then run('PEXPIREAT', KEYS[1], ARGV[2]) end
    run('DEL', KEYS[2])
    return 2
  end
  if number(ARGV[1]) < number(token.number) then return 0 end
end
run('DEL', KEYS[1])
run('HSET', KEYS[1], 'k', ARGV[3], 'f', ARGV[1], 't', ARGV[4], 'v', ARGV[5])
run('PEXPIREAT', KEYS[1], ARGV[2])
run('DEL', KEYS[2])
tell(ARGV[6], ARGV[7])
return 1
`);

/** KEYS: token. ARGV: channel, message, then id and digest of the token under each known key. */
export const REMOVE = script(`
${TRY}${KEPT}${TELL}
local token = kept(KEYS[1])
local removed = 0
for n = 3, #ARGV, 2 do
  if token and token.key == ARGV[n] and token.digest == ARGV[n + 1] then
    removed = run('DEL', KEYS[1])
  end
end
tell(ARGV[1], ARGV[2])
return removed
`);

/** Returns the microseconds of Redis' clock. KEYS: any key of the slot. */
export const NOW_THERE = script(`
${TRY}${NOW}
run('EXISTS', KEYS[1])
return written(time)
`);

/**
 * KEYS: check, token, lease, failure, number. Runs each command of the other scripts once on `check`, and so shows
 * whether they are all possible.
 */
export const CHECK = script(`
${TRY}${NOW}${KEPT}
kept(KEYS[2])
for n = 3, 5 do run('EXISTS', KEYS[n]) end
run('SET', KEYS[1], '1', 'PX', 1000)
run('STRLEN', KEYS[1])
run('GET', KEYS[1])
run('DEL', KEYS[1])
run('HSET', KEYS[1], 'k', '1')
run('HSTRLEN', KEYS[1], 'k')
run('HMGET', KEYS[1], 'k')
run('PEXPIRE', KEYS[1], 1000)
run('PTTL', KEYS[1])
run('PEXPIREAT', KEYS[1], written(time / 1000 + 1000))
return 1
`);
