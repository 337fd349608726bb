"""What NRGkick and surplus ask of a house in the same way."""

from .visitor import Visitor


def turn_meter(visitor: Visitor, vendor: str) -> None:
    """Choose by hand a meter whose sign is wrong, and turn it around."""
    step = f"config.step.{vendor}"
    visitor.stage.energy_dashboard(knows=False)
    visitor.begin(vendor)
    form = visitor.form(f"{step}_by_hand")
    form.pick("grid", "Turned meter").pick("soc", "Battery level").fails("no_source")
    form.clear("soc").submit()
    form = visitor.sign(f"{step}_grid_consumption", "1234 W")
    form.turn("inverted").submit()
    form = visitor.sign(f"{step}_grid_feed_in", "1234 W")
    assert form.data == {"inverted": True}
    form.submit()
