"""Send commands to a product, and keep a dynamic current alive."""

from abc import abstractmethod
import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ...bugs import async_keep_going
from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from ..confirm import Confirmations
from ..json import JsonValue
from ..waits import wait_min
from . import charger_keys
from .api import Product, Ticket, surplus_path
from .commands import Command, Target
from .const import CONF_TTL_MIN, DEFAULT_TTL_MIN
from .errors import (
    EaseeCredentialsError,
    EaseeError,
    EaseeExpiredError,
    EaseeRejectedError,
)
from .messages import error_key
from .parse import CommandResult
from .state import DeviceState
from .stored import Kept

if TYPE_CHECKING:
    from .account import EaseeAccount

CONFIRM_TIMEOUT_S: Final = 10.0
# The observation mostly comes first; results are asked for when it doesn't.
RESULT_EVERY_S: Final = 2.0
REPORT_AFTER_RESULT_S: Final = 3.0

# A command's result is ours if it was queued at about the same time (100 ns).
SAME_TICKS: Final = 20_000_000

# Flash memory stands some ten thousand writes, and an automation may write each minute.
STORED_WRITES: Final = 10
STORED_WINDOW_S: Final = 86_400.0

RENEW_RETRY_S: Final = 20.0


class EaseeControl(SunbridgeCoordinator[DeviceState, Command]):
    """The half of a product's coordinator that commands go through."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SunbridgeConfigEntry,
        account: EaseeAccount,
        product: Product,
    ) -> None:
        """Prepare for a product of the account."""
        super().__init__(hass, entry)
        self.product = product
        self.counters: Counter[str] = Counter()
        self.confirmations = Confirmations()
        self.kept: Kept | None = None
        self._account = account
        self.ttl_min = int(entry.options.get(CONF_TTL_MIN, DEFAULT_TTL_MIN))
        self._tickets: dict[Ticket, asyncio.Future[None]] = {}
        self._stored_at_s: deque[float] = deque(maxlen=STORED_WRITES)
        self._keeping: asyncio.Task[None] | None = None
        # The command that says last what the current shall be.
        self._last: Command | None = None

    @abstractmethod
    def owe_read(self) -> None:
        """Have the state read soon."""

    @abstractmethod
    def async_set_own(self, **values: JsonValue) -> None:
        """Take what was read by other ways than observations."""

    @callback
    def result(self, result: CommandResult) -> None:
        """Take the result of a command, if it's one of ours."""
        for ticket, done in self._tickets.items():
            # The ticks of the result were seen to differ a little.
            if ticket.command == result.command and (
                result.ticks is None or abs(result.ticks - ticket.ticks) < SAME_TICKS
            ):
                refused = None if result.accepted else EaseeRejectedError("refused")
                self._settle(done, refused)

    @override
    async def async_send(self, command: Command) -> None:
        """Send a command, and wait for what the product then reports."""
        self._check_stored(command)
        before = self.kept
        if command.moves_current:
            # The old value mustn't be renewed while a new one is on its way. Whoever is
            # set up next takes that over if it comes after we're gone.
            self._async_let_go()
            self._last = command
            self.kept = self._kept_after(command, before)
        with self.confirmations.expect(command.expect) as seen:
            try:
                tickets = await self._async_post(command)
                if command.stored:
                    self._stored_at_s.append(self.hass.loop.time())
                if tickets is not None:
                    await self._async_confirmed(command, seen, tickets)
            except asyncio.CancelledError:
                self._async_keep(command, unless=before)
                raise
            except TimeoutError:
                # It may still be obeyed.
                self._async_keep(command, unless=before)
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="easee_not_confirmed",
                    translation_placeholders={"name": self.name},
                ) from None
            except EaseeError as err:
                # What the charger has goes on, and would run out otherwise.
                self._async_go_on(command, before)
                raise self._translated(err) from err
        self._async_keep(command)

    async def async_send_only(self, command: Command) -> None:
        """Send a command; who called looks at what comes of it, and renews it.

        Raises as ``async_send``.
        """
        before = self.kept
        if command.moves_current:
            self._async_let_go()
            self._last = command
        try:
            await self._async_post(command)
        except asyncio.CancelledError:
            self._async_go_on(command, before)
            raise
        except EaseeError as err:
            self._async_go_on(command, before)
            raise self._translated(err) from err
        if command.moves_current and before is not None:
            self._account.async_save(soon=True)

    @callback
    def async_keep_on(self, kept: Kept) -> None:
        """Go on with a dynamic current that was set before a restart."""
        self._async_let_go()
        self.kept = kept
        if self._account.is_unloading:
            # A command that ends late.
            return
        self._keeping = self.config_entry.async_create_background_task(
            self.hass,
            async_keep_going(self._async_renew, self.counters, self.name),
            name=f"{self.name} dynamic current",
        )

    async def _async_post(self, command: Command) -> tuple[Ticket, ...] | None:
        """Send; return what to wait for, None if it's done."""
        body: dict[str, JsonValue] | None = None
        if command.body is not None:
            body = dict(command.body)
        if command.lasts:
            assert body is not None
            body["minutes"] = self.ttl_min
        api = self._account.api
        if command.target is Target.SURPLUS:
            await api.send(surplus_path(self.product.serial), body)
            self.async_set_own(surplus=await api.surplus(self.product.serial))
            return None
        self.counters["commands"] += 1
        return await api.send(self._path(command), body)

    def _path(self, command: Command) -> str:
        if command.target is Target.CIRCUIT:
            place = self.product.circuit
            if place is None:
                raise HomeAssistantError(
                    translation_domain=DOMAIN, translation_key="easee_no_circuit"
                )
            return f"/api/sites/{place.site}/circuits/{place.circuit}/{command.path}"
        return f"/api/chargers/{self.product.serial}/{command.path}"

    async def _async_confirmed(
        self,
        command: Command,
        seen: asyncio.Future[None],
        tickets: Iterable[Ticket],
    ) -> None:
        """Wait for the expected report, or for the results of all tickets.

        A result mostly comes a little before the report that entities show. Raises
        ``TimeoutError`` if neither comes.
        """
        until_s = self.hass.loop.time() + CONFIRM_TIMEOUT_S
        results = {ticket: self.hass.loop.create_future() for ticket in tickets}
        self._tickets |= results
        reports = {seen} if command.expect else set()
        self.confirmations.check(self.data.values)
        try:
            while not any(report.done() for report in reports):
                waiting = {done for done in results.values() if not done.done()}
                if not waiting and (results or not reports):
                    await _wait_for(reports, REPORT_AFTER_RESULT_S)
                    break
                left_s = until_s - self.hass.loop.time()
                if left_s <= 0:
                    raise TimeoutError
                finished = await _wait_for(
                    waiting | reports, min(left_s, RESULT_EVERY_S)
                )
                if not finished:
                    await self._async_ask(results)
                    if not (results or self._account.is_linked):
                        # Nothing else would tell that it came (circuits have no ticket).
                        self._async_read_soon()
                for done in finished:
                    done.result()
        finally:
            for ticket, done in results.items():
                del self._tickets[ticket]
                if done.done():
                    done.exception()  # of several only the first is raised
                else:
                    done.cancel()
            if reports and not seen.done():
                self._async_read_soon()

    @callback
    def _async_read_soon(self) -> None:
        self.owe_read()
        self._account.async_wake()

    async def _async_ask(self, results: Mapping[Ticket, asyncio.Future[None]]) -> None:
        """Ask for the results that didn't come by themselves."""
        for ticket, done in results.items():
            try:
                if not done.done() and await self._account.api.is_executed(ticket):
                    self._settle(done, None)
            except (EaseeRejectedError, EaseeExpiredError) as err:
                self._settle(done, err)
            except EaseeError as err:
                # That nobody can tell is no failure of the command.
                self.counters[type(err).__name__] += 1

    @staticmethod
    def _settle(done: asyncio.Future[None], err: EaseeError | None) -> None:
        """Note the outcome of a command, once."""
        if done.done():
            return
        if err is None:
            done.set_result(None)
        else:
            done.set_exception(err)

    def _check_stored(self, command: Command) -> None:
        """Refuse to wear the flash memory out."""
        if not command.stored:
            return
        times, now_s = self._stored_at_s, self.hass.loop.time()
        if len(times) == STORED_WRITES and now_s - times[0] < STORED_WINDOW_S:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="easee_flash",
                translation_placeholders={"count": str(STORED_WRITES)},
            )

    @callback
    def _translated(self, err: EaseeError) -> HomeAssistantError:
        if isinstance(err, EaseeCredentialsError):
            self.config_entry.async_start_reauth(self.hass)
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=error_key(err),
            translation_placeholders={"minutes": wait_min(err)},
        )

    @callback
    def _async_let_go(self) -> None:
        """Renew the dynamic current no more."""
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        self.kept = None

    @callback
    def _async_go_on(self, command: Command, before: Kept | None) -> None:
        """Renew what there was before a command that came to nothing."""
        if self._last is not command:
            return
        self.kept = None
        if before is not None:
            self.async_keep_on(before)

    @callback
    def _async_keep(self, command: Command, *, unless: Kept | None = None) -> None:
        """Renew a dynamic current as long as Home Assistant lives.

        ``unless`` is what the charger may still have instead. Whatever a command that
        came later says counts.
        """
        if self._last is not command:
            return
        kept = self._kept_after(command, unless) or unless
        if kept is not None:
            self.async_keep_on(kept)
        self._account.async_save(soon=True)

    def _kept_after(self, command: Command, unless: Kept | None) -> Kept | None:
        """Return what is to be renewed once a command has come."""
        if not (command.lasts and self.ttl_min):
            return None
        assert command.body is not None
        amps = command.body["amps"]
        assert isinstance(amps, (int, float))
        kept = self._kept_from_now(amps)
        if unless is None:
            return kept
        # Its life may end earlier.
        return replace(
            kept,
            renew_at_s=min(kept.renew_at_s, unless.renew_at_s),
            or_amps=unless.amps,
        )

    def _kept_from_now(self, amps: float) -> Kept:
        now_s, ttl_s = self.hass.loop.time(), 60.0 * self.ttl_min
        return Kept(amps, now_s + ttl_s / 2, now_s + ttl_s)

    async def _async_renew(self) -> None:
        """Send the current again at half of its life, until it's another one.

        Somebody else's current stays, and so does the limit that the charger falls
        back to: after plugging in, a reboot, or an outage longer than its life. What
        the charger has at the moment must be known for that.
        """
        loop = self.hass.loop
        while (kept := self.kept) is not None:
            await asyncio.sleep(max(0.0, kept.renew_at_s - loop.time()))
            now_s = loop.time()
            reported = self.data[charger_keys.DYNAMIC_CHARGER_CURRENT]
            if reported is not None and reported == kept.or_amps:
                kept = replace(kept, amps=reported)
            if now_s >= kept.until_s or reported not in (None, kept.amps):
                self.kept = None
            elif (
                reported is not None
                and self.available
                and await self._async_again(kept)
            ):
                self.counters["renewals"] += 1
                self.kept = self._kept_from_now(kept.amps)
            else:
                self.kept = replace(kept, renew_at_s=now_s + RENEW_RETRY_S)
            self._account.async_save(soon=True)

    async def _async_again(self, kept: Kept) -> bool:
        """Send a dynamic current again; tell whether the charger took it."""
        command = Command(
            "commands/set_dynamic_charger_current", {"amps": kept.amps}, lasts=True
        )
        never = self.hass.loop.create_future()
        try:
            if tickets := await self._async_post(command):
                await self._async_confirmed(command, never, tickets)
        except (EaseeError, TimeoutError) as err:
            self.counters[type(err).__name__] += 1
            return False
        return True


async def _wait_for(
    futures: set[asyncio.Future[None]], timeout_s: float
) -> set[asyncio.Future[None]]:
    """Return those that are done by the time that one is."""
    if not futures:
        return set()
    done, _ = await asyncio.wait(
        futures, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
    )
    return done
