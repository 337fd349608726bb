"""What the steps of all kinds of loads have in common."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.core import callback

from .const import CONF_PRIORITY
from .forms import next_priority


class LoadFlow(ConfigSubentryFlow):
    """A load that is added or changed."""

    @property
    def _own_id(self) -> str | None:
        """The subentry that is changed, None if it's a new one."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        return self._get_reconfigure_subentry().subentry_id

    @property
    def _before(self) -> Mapping[str, Any]:
        """What is stored, or what is proposed for a new load."""
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_subentry().data
        return {CONF_PRIORITY: next_priority(self._get_entry())}

    @callback
    def _store(
        self, title: str, data: dict[str, Any], unique_id: str | None = None
    ) -> SubentryFlowResult:
        # The entry hears of it and is loaded anew.
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(),
                self._get_reconfigure_subentry(),
                data=data,
                title=title,
                unique_id=unique_id,
            )
        return self.async_create_entry(title=title, data=data, unique_id=unique_id)
