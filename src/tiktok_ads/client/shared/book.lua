-- One step in the book of calls of one app. A script is carried out whole, and by this server's clock alone.
--
-- KEYS: the book (a hash), the time-outs (by moment), then one log of calls (by moment) for each scope asked
-- ARGV[1]: what is asked, as JSON; see Request in server.py

local ask = cjson.decode(ARGV[1])
local book, timeouts = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = ask.now or (tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
local DAY = 86400000
local emptied = false

local function number(field)
  return tonumber(redis.call('HGET', book, field) or '0')
end

local function text(field)
  return redis.call('HGET', book, field) or ''
end

-- Lua itself would write a moment as 1.7e+12.
local function put(field, value)
  redis.call('HSET', book, field, string.format('%.0f', value))
end

local function day_of(at)
  return math.floor(at / DAY)
end

local function pause(scope, till, level, why)
  put('until:' .. scope, till)
  put('level:' .. scope, level)
  redis.call('HSET', book, 'why:' .. scope, why)
end

-- The server's own name for its life changes when it starts again, or when another one takes its place.
local said, info = pcall(redis.call, 'INFO', 'server')
local run = said and type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
local id = text('id')
if id == '' or text('run') ~= run then
  -- Nobody can say what went out in the last minute: what was counted last may be lost.
  id = ask.fresh
  redis.call('HSET', book, 'id', id, 'run', run)
  put('lost', now)
  emptied = true
  if number('until:' .. ask.app) < now + ask.rest then
    pause(ask.app, now + ask.rest, 0, 'emptied')
  end
end
if ask.known_id ~= '' and ask.known_id ~= id and ask.known_until > number('until:' .. ask.app) then
  pause(ask.app, ask.known_until, 4, 'refused')
end

-- Calls of a day that are counted, and those that must be assumed since the count was lost under way.
local function used(scope, day)
  local name = scope.name
  if number('day:' .. name) == day + 1 then
    -- Shortly before midnight some calls are booked for the next day already.
    day = day + 1
  end
  if number('day:' .. name) ~= day or text('of:' .. name) ~= id then
    local calls = number('day:' .. name) == day and number('calls:' .. name) or 0
    local assumed, lost = 0, number('lost')
    if scope.assume and day_of(lost) == day then
      assumed = math.max(0, math.floor(scope.per_day * (lost % DAY) / DAY) - calls)
    end
    put('day:' .. name, day)
    put('calls:' .. name, calls)
    put('assumed:' .. name, assumed)
    redis.call('HSET', book, 'of:' .. name, id)
  end
  if scope.known_id ~= '' and scope.known_id ~= id and scope.known_day == day then
    put('calls:' .. name, math.max(number('calls:' .. name), scope.known_calls))
  end
  return number('calls:' .. name) + number('assumed:' .. name)
end

local function counted(at)
  local counts = {}
  for place, scope in ipairs(ask.scopes) do
    used(scope, day_of(at))
    counts[place] = number('calls:' .. scope.name)
  end
  return counts
end

local function reply(kind, at, why)
  local counts = counted(math.max(now, kind == 'slot' and at or 0))
  return cjson.encode({now = now, id = id, kind = kind, at = at or 0, why = why or '', counts = counts})
end

local function paused()
  local till, why = 0, ''
  for _, scope in ipairs({ask.app, ask.narrow}) do
    local ends = number('until:' .. scope)
    -- No pause is so long; such a one was made while the server's clock was ahead.
    if ends > math.max(now, till) and ends <= now + ask.longest then
      till, why = number('until:' .. scope), scope == ask.app and text('why:' .. scope) or 'one'
    end
  end
  return till, why
end

local function score(key, rank)
  return tonumber(redis.call('ZREVRANGE', key, rank, rank, 'WITHSCORES')[2] or '0')
end

local function give_back(at)
  for place, scope in ipairs(ask.scopes) do
    redis.call('ZREM', KEYS[2 + place], ask.name)
    if number('day:' .. scope.name) == day_of(at) and text('of:' .. scope.name) == id then
      put('calls:' .. scope.name, math.max(0, number('calls:' .. scope.name) - 1))
    end
  end
end

-- Whatever comes a second or more behind the call moves as much; the calls between need not.
local function move(at, to)
  for place = 1, #ask.scopes do
    local log = KEYS[2 + place]
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', log, at + ask.second, '+inf')) do
      redis.call('ZINCRBY', log, to - at, name)
    end
    redis.call('ZADD', log, to, ask.name)
  end
end

if ask.op == 'look' then
  return reply('looked', 0, emptied and 'emptied' or '')
end

if ask.op == 'reserve' then
  local till, why = paused()
  if till > 0 then
    return reply('blocked', till, why)
  end
  local at = now
  for place, scope in ipairs(ask.scopes) do
    local log = KEYS[2 + place]
    redis.call('ZREMRANGEBYSCORE', log, '-inf', now - ask.kept)
    -- What lies so far ahead was booked while the server's clock was wrong.
    redis.call('ZREMRANGEBYSCORE', log, now + ask.farthest, '+inf')
    at = math.max(at, score(log, 0))
    if place == 1 and number('until:' .. ask.slow) > now then
      at = math.max(at, score(log, 0) + math.floor(ask.second / number('level:' .. ask.slow)) + 1)
    end
    for _, rate in ipairs(scope.rates) do
      local before = score(log, rate[1] - 1)
      if before > 0 then
        at = math.max(at, before + rate[2] + 1)
      end
    end
  end
  for _, scope in ipairs(ask.scopes) do
    if used(scope, day_of(at)) >= scope.per_day then
      return reply('blocked', (day_of(at) + 1) * DAY, 'day:' .. string.format('%.0f', scope.per_day))
    end
  end
  for place, scope in ipairs(ask.scopes) do
    redis.call('ZADD', KEYS[2 + place], at, ask.name)
    put('calls:' .. scope.name, number('calls:' .. scope.name) + 1)
  end
  return reply('slot', at)
end

if ask.op == 'claim' or ask.op == 'sent' or ask.op == 'release' then
  local at = tonumber(redis.call('ZSCORE', KEYS[3], ask.name) or '0')
  if at == 0 then
    return reply('gone')
  end
  if ask.op == 'release' then
    give_back(at)
    return reply('released')
  end
  local till, why = paused()
  if ask.op == 'claim' and till > 0 then
    give_back(at)
    return reply('blocked', till, why)
  end
  if now - at > ask.late then
    move(at, now)
    at = now
  end
  return reply('slot', at)
end

if ask.op == 'refused' then
  local before = number('until:' .. ask.scope)
  if ask.sent < before then
    -- Sent before the pause was over, so it tells nothing new.
    return reply('blocked', before, 'refused')
  end
  local well = ask.enough > 0
    and redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', before),
      '(' .. string.format('%.0f', ask.sent)) > ask.enough
  local level = 1
  if before > 0 and now - before <= 60000 and not well then
    level = number('level:' .. ask.scope) + 1
  end
  local till = now + ask.second_pause * 2 ^ (level - 1)
  if ask.limit == 'day' then
    till = (day_of(now) + 1) * DAY
  elseif ask.limit == 'minute' or level >= 4 then
    till = now + ask.silence
  end
  pause(ask.scope, till, level, ask.limit == '' and level >= 4 and 'minute' or ask.limit)
  return reply('blocked', till, text('why:' .. ask.scope))
end

if ask.op == 'timed_out' then
  redis.call('ZREMRANGEBYSCORE', timeouts, '-inf', now - ask.memory)
  redis.call('ZADD', timeouts, now, ask.fingerprint)
  local recent = redis.call('ZCOUNT', timeouts, now - 10000, '+inf')
  if recent >= 30 then
    pause(ask.app, now + ask.silence, 4, 'timeouts')
  elseif recent >= 10 then
    pause(ask.slow, now + ask.silence, recent >= 20 and 1 or 5, 'timeouts')
  end
  return reply('noted')
end

if ask.op == 'blocked' then
  local at = tonumber(redis.call('ZSCORE', timeouts, ask.fingerprint) or '0')
  return reply('blocked', at > 0 and at + ask.memory or 0, 'timeouts')
end

return redis.error_reply('the book knows no step ' .. tostring(ask.op))
