"""An NRGkick that charges by the surplus which somebody's server tells it.

It's the client of the Custom API: it asks for ``info.json`` when its owner sets it up,
and then for ``values.json`` every few seconds (reference 1.1; that it reads the former
once, and the period, are guesses). What it's told it checks against the contract.
"""

import asyncio
from collections import deque
import contextlib
import random
from typing import Any, Self

from simulators.clock import Clock

from .answer import Answer, BadAnswerError, EndedError
from .car import Car
from .charging import Charging
from .contract import INFO_PATH, VALUES_PATH
from .line import Caller, UnreachableError
from .manner import Manner
from .poll import Failure, Poll, judge
from .surplus import Reading, Settings, State

MAX_POLLS = 100_000


class Wallbox:
    """A wallbox; a context manager lets it ask by itself, and ends that.

    ``polls`` are all requests with what became of them. With ``period_s`` None it
    asks only when told. ``jitter`` is the share by which periods differ.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        period_s: float | None = 5.0,
        jitter: float = 0.1,
        timeout_s: float = 5.0,
        manner: Manner | None = None,
        settings: Settings | None = None,
        clock: Clock | None = None,
        seed: int = 0,
    ) -> None:
        """Set a server up, as the app does; there's no car yet."""
        self.manner = manner or Manner()
        self.clock = clock or Clock()
        self.polls: deque[Poll] = deque(maxlen=MAX_POLLS)
        self.info: Any = None
        self._period_s = period_s
        self._jitter = jitter
        self._timeout_s = timeout_s
        self._charging = Charging(settings or Settings(), self.clock.monotonic())
        self._random = random.Random(seed)
        self._caller = Caller(host, port)
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._served: dict[str, tuple[Any, float]] = {}
        self._good_s: float | None = None

    async def __aenter__(self) -> Self:
        """Start to ask."""
        if self._period_s is not None:
            self._task = asyncio.create_task(self._run(self._period_s))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ask no more, and hang up."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._caller.hang_up()

    @property
    def power_w(self) -> float:
        """The power that the car takes now."""
        return self._now().power_w

    @property
    def is_charging(self) -> bool:
        """Tell whether the car takes power."""
        return self.power_w > 0

    @property
    def session_wh(self) -> float:
        """The energy since the car was plugged in."""
        return self._now().session_wh

    @property
    def current_a(self) -> float:
        """The current on each phase that has one."""
        return self._now().current_a

    @property
    def phases(self) -> int:
        """On how many phases the car may draw, 0 without a car."""
        return self._now().lines

    @property
    def starts(self) -> int:
        """How often a car began to draw; a switch of phases is one, too."""
        return self._now().starts

    @property
    def state(self) -> State:
        """What the control is doing."""
        return self._now().state

    @property
    def age_s(self) -> float | None:
        """How long ago values came that could be used, None for never."""
        return None if self._good_s is None else self.clock.monotonic() - self._good_s

    @property
    def violations(self) -> list[str]:
        """All that broke the contract, with its path."""
        return [
            f"{poll.path} {text}" for poll in self.polls for text in poll.violations
        ]

    def plug_in(self, car: Car | None = None) -> None:
        """Plug a car in; a session starts."""
        self._charging.plug_in(car or Car(), self.clock.monotonic())

    def unplug(self) -> None:
        """Pull the cable out."""
        self._charging.unplug(self.clock.monotonic())

    async def scan(self) -> Poll:
        """Ask what devices there are, as when the app looks for them."""
        poll = (await self.ask(INFO_PATH))[-1]
        if poll.failure is None:
            self.info = poll.document
        return poll

    async def poll(self) -> Poll:
        """Ask for the values, and charge by them."""
        poll = (await self.ask(VALUES_PATH))[-1]
        reading = None
        # That what breaks the contract counts as no answer is a guess.
        if poll.failure is None:
            reading = Reading.of(poll.document, self.info)
        if reading is not None:
            self._good_s = poll.at_s
        self._charging.hear(reading, self.clock.monotonic())
        return poll

    async def polled(self) -> Poll:
        """Wait for the next request of its own, and return it."""
        self._news.clear()
        await self._news.wait()
        return self.polls[-1]

    async def ask(self, path: str, manner: Manner | None = None) -> tuple[Poll, ...]:
        """Ask in some manner; return and record as many polls as there are copies."""
        manner = manner or self.manner
        started_s = self.clock.monotonic()
        answers: list[Answer] = []
        # What is said of the answers that didn't come.
        failure, remark = Failure.GAVE_UP, ""
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._caller.talk(path, manner, answers)
        except UnreachableError:
            failure = Failure.UNREACHABLE
        except TimeoutError:
            failure = Failure.TIMEOUT
            if len(answers) == manner.answers:
                answers[-1].findings.violations.append("the connection stays open")
        except BadAnswerError as error:
            failure, remark = Failure.NOT_HTTP, str(error)
        except EndedError as error:
            failure, remark = Failure.CLOSED, str(error)
        except OSError:
            failure = Failure.CLOSED
        now_s = self.clock.monotonic()
        took_s = now_s - started_s
        made = [self._judged(path, answer, now_s, took_s) for answer in answers]
        remarks = (remark,) if remark else ()
        while len(made) < manner.answers:
            made.append(Poll(path, now_s, took_s, failure, violations=remarks))
        self.polls.extend(made)
        self._news.set()
        return tuple(made)

    async def _run(self, period_s: float) -> None:
        while True:
            await (self.scan() if self.info is None else self.poll())
            share = self._random.uniform(1 - self._jitter, 1 + self._jitter)
            await asyncio.sleep(period_s * share)

    def _now(self) -> Charging:
        self._charging.advance(self.clock.monotonic())
        return self._charging

    def _judged(self, path: str, answer: Answer, now_s: float, took_s: float) -> Poll:
        failure, document, findings = judge(path, answer, self.info)
        unchanged_s = None
        if document is not None:
            seen, since_s = self._served.get(path, (None, now_s))
            self._served[path] = document, since_s if seen == document else now_s
            unchanged_s = now_s - self._served[path][1]
        return Poll(
            path,
            now_s,
            took_s,
            failure,
            answer.status,
            answer.headers,
            document,
            unchanged_s,
            tuple(findings.violations),
            tuple(findings.doubts),
        )
