"""The arithmetic of rate limits that several processes share: the same as ``pacing``, as scripts inside Redis.

A script runs in Redis all at once, so no two processes can take the same place; and it goes by Redis's own
clock, so the clocks of the processes do not matter. How processes wait is the business of ``redis_storage``.

What Redis holds for one limiter, all of which it forgets some time after the last request:

- ``state``: when the next request is due, how many tokens the last minute has used, pauses, what providers say
- ``queue``: which processes want to go, in order; ``seen``: until when each of them counts as alive
- ``starts``, ``spent``: the requests of the last minute by their time; ``costs``: the tokens of each
- ``active``: the requests under way, by the time when they count as lost
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .pacing import LATENESS, MINUTE, ProviderLimits

__all__ = ["ENTER", "FINISH", "LEAVE", "Answer", "SharedLimits", "keys_of"]

_KEYS = ("state", "queue", "seen", "starts", "spent", "costs", "active")

_PRELUDE = """
local state, queue, seen, starts, spent, costs, active = unpack(KEYS)
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1e6
end
local interval, most, window, burst_time = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local per_minute, most_active, lease = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local function text(number) return string.format('%.6f', number) end
local function get(name) return tonumber(redis.call('HGET', state, name) or nil) end
local function set(name, number) redis.call('HSET', state, name, text(number)) end
local function cost_of(id) return tonumber(redis.call('HGET', costs, id) or 0) end

local function forget_cost(id)
  if not redis.call('ZSCORE', spent, id) and not redis.call('ZSCORE', active, id) then
    redis.call('HDEL', costs, id)
  end
end

local function tidy()
  redis.call('ZREMRANGEBYSCORE', starts, '-inf', text(now - window))
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', spent, '-inf', text(now - 60))) do
    redis.call('ZREM', spent, id)
    redis.call('HINCRBY', state, 'used', 0 - cost_of(id))
    forget_cost(id)
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', active, '-inf', text(now))) do
    redis.call('ZREM', active, id)
    forget_cost(id)
  end
end

local function keep()
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, math.ceil(lease) + 120) end
end

local function remove_contender(name)
  redis.call('ZREM', queue, name)
  redis.call('HDEL', seen, name)
end
"""

ENTER = (
    _PRELUDE
    + """
local contender, id, tokens, more, patience = ARGV[9], ARGV[10], tonumber(ARGV[11]), ARGV[12] == '1', tonumber(ARGV[13])
if redis.call('ZSCORE', active, id) then return {1, '0', text(now)} end  -- asked again: the answer was lost
tidy()

local function head()  -- whoever has not asked for a while is gone
  while true do
    local first = redis.call('ZRANGE', queue, 0, 0)[1]
    if not first or tonumber(redis.call('HGET', seen, first) or 0) >= now then return first end
    remove_contender(first)
  end
end

local function queue_up()
  redis.call('ZADD', queue, redis.call('HINCRBY', state, 'number', 1), contender)
end

if not redis.call('ZSCORE', queue, contender) then
  if not head() then set('busy', now) end
  queue_up()
end
redis.call('HSET', seen, contender, text(now + patience))

local function token_time()
  if per_minute == 0 then return 0 end
  local used = get('used') or 0
  if used + tokens <= per_minute then return 0 end
  local from = 0
  while true do
    local page = redis.call('ZRANGE', spent, from, from + 99, 'WITHSCORES')
    if #page == 0 then return 0 end
    for index = 1, #page, 2 do
      used = used - cost_of(page[index])
      if used + tokens <= per_minute then return tonumber(page[index + 1]) + 60 end
    end
    from = from + 100
  end
end

local function free_at()
  local time = math.max(get('paused') or 0, token_time())
  local requests_until, tokens_until = get('requests_until'), get('tokens_until')
  if requests_until and now < requests_until and get('requests_left') < 1 then time = math.max(time, requests_until) end
  if tokens_until and now < tokens_until and get('tokens_left') < math.max(1, tokens) then
    time = math.max(time, tokens_until)
  end
  if most > 0 then
    time = math.max(time, (get('next') or 0) - burst_time)
    local count = redis.call('ZCARD', starts)
    if count >= most then
      local first = redis.call('ZRANGE', starts, count - most, count - most, 'WITHSCORES')
      time = math.max(time, tonumber(first[2]) + window)
    end
  end
  return time
end

keep()
if most_active > 0 and redis.call('ZCARD', active) >= most_active then return {0, '', text(now)} end
local time = free_at()
if time > now or head() ~= contender then return {0, text(time - now), text(now)} end

local due = math.max((get('next') or 0) - burst_time, get('busy') or now, now - LATENESS)
set('next', math.max(get('next') or 0, math.min(due, now)) + interval)
redis.call('ZADD', active, text(now + lease), id)
redis.call('HSET', costs, id, tokens)
if most > 0 then redis.call('ZADD', starts, text(now), id) end
if per_minute > 0 then
  redis.call('ZADD', spent, text(now), id)
  redis.call('HINCRBY', state, 'used', tokens)
end
if get('requests_left') then redis.call('HINCRBYFLOAT', state, 'requests_left', -1) end
if get('tokens_left') then redis.call('HINCRBYFLOAT', state, 'tokens_left', 0 - tokens) end
if more then queue_up() else remove_contender(contender) end
keep()
return {1, '0', text(now)}
""".replace("LATENESS", repr(LATENESS))
)
"""Take a place in the queue, and go if it is one's turn."""

LEAVE = _PRELUDE + "remove_contender(ARGV[9])\nreturn {1, '0', text(now)}\n"
"""Give up one's place in the queue."""

FINISH = (
    _PRELUDE
    + """
local id, tokens, undone, pause = ARGV[9], tonumber(ARGV[10]), ARGV[11] == '1', tonumber(ARGV[12])
tidy()
if undone and redis.call('ZREM', starts, id) == 1 then set('next', get('next') - interval) end
if tokens then
  if redis.call('ZSCORE', spent, id) then redis.call('HINCRBY', state, 'used', tokens - cost_of(id)) end
  redis.call('HSET', costs, id, tokens)
end
redis.call('ZREM', active, id)
forget_cost(id)
if pause then set('paused', math.max(get('paused') or 0, now + pause)) end

local requests_left, requests_reset = tonumber(ARGV[13]), tonumber(ARGV[14])
if requests_left and requests_reset then
  set('requests_left', requests_left - redis.call('ZCARD', active))
  set('requests_until', now + requests_reset)
end
local tokens_left, tokens_reset = tonumber(ARGV[15]), tonumber(ARGV[16])
if tokens_left and tokens_reset then
  for _, other in ipairs(redis.call('ZRANGE', active, 0, -1)) do tokens_left = tokens_left - cost_of(other) end
  set('tokens_left', tokens_left)
  set('tokens_until', now + tokens_reset)
end
keep()
return {1, '0', text(now)}
"""
)
"""Note that a request is over, how many tokens it had, and what the provider has said."""


def keys_of(name: str) -> list[str]:
    """Return the keys of a limiter in Redis; the braces keep them on one node of a cluster."""
    return [f"twofold:{{{name}}}:{part}" for part in _KEYS]


@dataclass(frozen=True, slots=True)
class SharedLimits:
    """The limits, as the scripts are told them.

    Args:
        requests_per_minute: How many requests may begin within a minute.
        tokens_per_minute: How many tokens they may have.
        max_concurrency: How many may be under way at once.
        burst: How many may begin at once after a pause.
        lease_seconds: When a request counts as lost with its process.
    """

    requests_per_minute: float | None
    tokens_per_minute: int | None
    max_concurrency: int | None
    burst: int
    lease_seconds: float

    def enter(self, contender: str, id: str, tokens: int, *, more: bool, patience: float) -> list[str]:
        """Return the arguments of ``ENTER``.

        Args:
            contender: Who asks: there is one for each limiter of each process.
            id: The request's.
            tokens: How many it will have.
            more: Whether the contender has other requests that wait.
            patience: The contender counts as gone if it does not ask again within so many seconds.
        """
        return [*self._common(), contender, id, str(tokens), str(int(more)), repr(patience)]

    def leave(self, contender: str) -> list[str]:
        """Return the arguments of ``LEAVE``."""
        return [*self._common(), contender]

    def finish(
        self, id: str, tokens: int | None, *, undone: bool, pause: float | None, limits: ProviderLimits | None
    ) -> list[str]:
        """Return the arguments of ``FINISH``.

        Args:
            id: The request's.
            tokens: How many it really had, where that is known.
            undone: Whether it was not made at all.
            pause: For how many seconds nobody may go, where the provider has asked for it.
            limits: What the provider says is left.
        """
        said = limits or ProviderLimits()
        values: Sequence[float | None] = (
            pause,
            said.remaining_requests,
            said.reset_requests,
            said.remaining_tokens,
            said.reset_tokens,
        )
        return [*self._common(), id, _text(tokens), str(int(undone)), *map(_text, values)]

    def _common(self) -> list[str]:
        per_minute = self.requests_per_minute
        interval = MINUTE / per_minute if per_minute else 0.0
        most = max(1, int(per_minute)) if per_minute else 0
        values = (
            interval,
            most,
            most * interval,
            (self.burst - 1) * interval,
            self.tokens_per_minute or 0,
            self.max_concurrency or 0,
            self.lease_seconds,
        )
        return ["", *map(repr, values)]


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a script answers.

    Args:
        granted: Whether the request may be made.
        seconds: How long it would have to wait, if it were first in the queue; None if that is not known.
        time: Redis's time.
    """

    granted: bool
    seconds: float | None
    time: float

    @classmethod
    def of(cls, reply: Sequence[int | str | bytes]) -> Answer:
        """Return what a script's reply says."""
        granted, seconds, time = (item.decode() if isinstance(item, bytes) else str(item) for item in reply)
        return cls(granted == "1", float(seconds) if seconds else None, float(time))
