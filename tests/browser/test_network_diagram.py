"""The drawing of the network in a browser: mouse, keyboard, touch, and a page that changes too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

PAGE = Path(__file__).with_name("network_diagram_page.py")
NO_REST = """
const original = window.setTimeout;
window.setTimeout = (what, wait, ...rest) => (wait === 400 ? 0 : original(what, wait, ...rest));
"""  # the timer that says that keys rest never ends
NAMES = ["input", "conv1", "conv2", "conv3", "flatten", "fc1", "logits"]


@dataclass
class Net:
    """The page with the drawing."""

    base: str
    page: Page

    def open(self, config: str = "preset=article", **options: str) -> None:
        self.page.goto(f"{self.base}?{urlencode({'config': config, **options})}")
        expect(self.layer("logits")).to_be_visible(timeout=30_000)
        self.expect_runs(1)

    def layer(self, name: str) -> Locator:
        return self.page.locator(f".layer[data-layer={name}]")

    def picture(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=f"Dropout at {name}")

    def slider(self, name: str) -> Locator:
        return self.page.get_by_role("slider", name=f"Dropout rate at {name}")

    def menu(self, name: str) -> Locator:
        return self.page.get_by_role("combobox", name=f"Kind of dropout at {name}")

    def point(self, name: str, rate: float, most: float = 0.9) -> tuple[float, float]:
        """Where on the page a layer's dial stands for this rate."""
        box = self.slider(name).locator(".track").bounding_box()
        assert box
        return box["x"] + box["width"] * rate / most, box["y"] + box["height"] / 2

    def preset(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def expect_drawn(self, name: str, words: str) -> None:
        expect(self.slider(name)).to_have_attribute("aria-valuetext", words)

    def expect_python(self, words: str) -> None:
        expect(self.page.get_by_text("Python has")).to_have_text(f"Python has {words}.")

    def expect_runs(self, count: int) -> None:
        expect(self.page.get_by_text(f"After {count} runs", exact=True)).to_be_visible()

    def expect_agreement(self, words: str, drawn: dict[str, str]) -> None:
        """Page and drawing say this, and still do when a while has passed."""
        for _ in range(2):
            self.expect_python(words)
            for name in NAMES:
                self.expect_drawn(name, drawn.get(name, "no dropout"))
            self.page.wait_for_timeout(600)  # longer than keys rest: nothing may come after


@pytest.fixture
def net(page: Page, server: Callable[..., str]) -> Net:
    return Net(server(PAGE), page)


@pytest.fixture
def phone(browser: Browser, server: Callable[..., str]) -> Iterator[Net]:
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )
    yield Net(server(PAGE), context.new_page())
    context.close()


def test_layers_are_named_in_order_with_shape_parameters_and_dropout(net: Net) -> None:
    net.open()
    shown = [layer.get_attribute("data-layer") for layer in net.page.locator(".layer").all()]
    assert shown == NAMES
    spoken = "conv2, 64 maps of 6 by 6, 18,496 parameters, no dropout"
    expect(net.page.get_by_role("group", name=spoken)).to_be_visible()
    dense = "fc1, 512 units, 262,656 parameters, dropout 0.25 element-wise"
    expect(net.page.get_by_role("group", name=dense)).to_be_visible()
    expect(net.layer("conv1")).to_contain_text("32 × 15 × 15")
    expect(net.slider("fc1")).to_have_attribute("aria-valuenow", "0.25")
    expect(net.slider("fc1")).to_have_attribute("aria-valuemax", "0.9")
    net.expect_runs(1)


def test_a_press_on_a_layer_puts_dropout_there_and_another_takes_it_away(net: Net) -> None:
    net.open("preset=article-baseline")
    net.picture("conv2").click()
    net.expect_drawn("conv2", "dropout 0.25, element-wise")
    net.expect_python("conv2 0.25 element")
    expect(net.picture("conv2")).to_have_attribute("aria-pressed", "true")
    net.picture("conv2").click()
    net.expect_agreement("none", {})
    net.expect_runs(3)


def test_a_layer_pressed_again_gets_its_last_rate_and_kind(net: Net) -> None:
    net.open("conv1=channel:0.4")
    net.picture("conv1").click()
    net.expect_python("none")
    net.picture("conv1").click()
    net.expect_python("conv1 0.4 channel")


def test_a_drag_shows_each_rate_at_once_and_reruns_once_at_its_end(net: Net) -> None:
    net.open()
    mouse = net.page.mouse
    mouse.move(*net.point("conv1", 0))
    mouse.down()
    for rate in (0.1, 0.2, 0.3, 0.5, 0.7, 0.6):
        mouse.move(*net.point("conv1", rate + 0.01), steps=3)
        net.expect_drawn("conv1", f"dropout {rate}, element-wise")
    net.page.wait_for_timeout(500)
    net.expect_runs(1)
    net.expect_python("flatten 0.25 element, fc1 0.25 element")
    mouse.up()
    net.expect_python("conv1 0.6 element, flatten 0.25 element, fc1 0.25 element")
    net.page.wait_for_timeout(500)
    net.expect_runs(2)


def test_a_drag_back_to_where_it_began_does_not_rerun(net: Net) -> None:
    net.open()
    mouse = net.page.mouse
    mouse.move(*net.point("fc1", 0.25))
    mouse.down()
    mouse.move(*net.point("fc1", 0.8), steps=4)
    net.expect_drawn("fc1", "dropout 0.8, element-wise")
    mouse.move(*net.point("fc1", 0.25), steps=4)
    mouse.up()
    net.expect_drawn("fc1", "dropout 0.25, element-wise")
    net.page.wait_for_timeout(500)
    net.expect_runs(1)


def test_keys_set_the_rate_and_python_hears_once_when_they_rest(net: Net) -> None:
    net.open("preset=article-baseline")
    slider = net.slider("conv3")
    slider.focus()
    for key, words in [
        ("Enter", "dropout 0.25, element-wise"),
        ("ArrowRight", "dropout 0.3, element-wise"),
        ("ArrowUp", "dropout 0.4, element-wise"),
        ("ArrowLeft", "dropout 0.3, element-wise"),
        ("PageUp", "dropout 0.6, element-wise"),
        ("PageDown", "dropout 0.3, element-wise"),
        ("End", "dropout 0.9, element-wise"),
        ("Home", "no dropout"),
        ("ArrowDown", "no dropout"),
        (" ", "dropout 0.25, element-wise"),
        ("Delete", "no dropout"),
    ]:
        slider.press(key)
        net.expect_drawn("conv3", words)
    net.expect_python("none")
    expect(slider).to_be_focused()
    net.open("preset=article-baseline")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    net.expect_python("conv3 0.4 element")
    net.page.wait_for_timeout(500)
    net.expect_runs(2)
    expect(slider).to_be_focused()


def test_what_keys_set_is_told_when_the_focus_leaves(net: Net) -> None:
    net.page.add_init_script(NO_REST)
    net.open("preset=article-baseline")
    net.slider("fc1").press("ArrowRight")
    net.slider("fc1").press("Tab")
    net.expect_python("fc1 0.1 element")


def test_the_menu_offers_the_kinds_that_make_sense_and_sets_one(net: Net) -> None:
    net.open("conv1=0.3&fc1=0.5")
    expect(net.menu("conv1").locator("option")).to_have_text(
        ["element-wise", "channel-wise", "block-wise", "Gaussian"]
    )
    expect(net.menu("fc1").locator("option")).to_have_text(
        ["element-wise", "Gaussian", "DropConnect"]
    )
    net.menu("conv1").select_option(label="channel-wise")
    net.menu("fc1").select_option(label="DropConnect")
    net.expect_python("conv1 0.3 channel, fc1 0.5 connect")
    expect(net.menu("conv2")).to_be_hidden()


def test_the_share_of_units_that_drops_is_struck_out_and_stays_the_same_units(net: Net) -> None:
    net.open("logits=0.5&conv1=channel:0.25")
    crosses = net.layer("logits").locator(".crosses")
    five = crosses.get_attribute("d") or ""
    assert five.count("M") == 5
    assert net.layer("conv1").locator(".frame.struck").count() == 2  # of the 8 sheets drawn
    net.slider("logits").press("ArrowRight")
    six = crosses.get_attribute("d") or ""
    assert six.count("M") == 6
    assert {f"M{mark}" for mark in five.split("M")} <= {f"M{mark}" for mark in six.split("M")}
    net.slider("logits").press("ArrowLeft")
    expect(crosses).to_have_attribute("d", five)


def test_dropout_on_the_scores_says_why_it_does_not_belong(net: Net) -> None:
    net.open()
    expect(net.page.get_by_text("does not belong")).to_have_count(0)
    net.picture("logits").click()
    expect(net.page.get_by_text("does not belong")).to_be_visible()


def test_presets_and_the_drawing_agree_in_any_order(net: Net) -> None:
    net.open()
    net.picture("conv1").click()
    net.expect_python("conv1 0.25 element, flatten 0.25 element, fc1 0.25 element")
    net.preset("Channels")
    on_channels = {
        "conv1": "dropout 0.1, channel-wise",
        "logits": "dropout 0.5, element-wise",
    }
    net.expect_agreement("conv1 0.1 channel, logits 0.5 element", on_channels)
    mouse = net.page.mouse
    mouse.move(*net.point("fc1", 0))
    mouse.down()
    mouse.move(*net.point("fc1", 0.7))
    mouse.up()
    net.expect_agreement(
        "conv1 0.1 channel, fc1 0.7 element, logits 0.5 element",
        on_channels | {"fc1": "dropout 0.7, element-wise"},
    )
    net.preset("Plain")
    net.expect_agreement("none", {})


@pytest.mark.parametrize("slow", ["0", "0.6"])
def test_changes_faster_than_the_server_end_as_the_learner_did_them(net: Net, slow: str) -> None:
    net.open("preset=article-baseline", slow=slow)
    net.expect_agreement("none", {})  # a page still at its first run may lose a press
    mouse = net.page.mouse
    net.picture("conv1").click()
    net.preset("Article")
    mouse.move(*net.point("conv2", 0))
    mouse.down()
    mouse.move(*net.point("conv2", 0.5))
    mouse.up()
    article = dict.fromkeys(("flatten", "fc1"), "dropout 0.25, element-wise")
    net.expect_agreement(
        "conv2 0.5 element, flatten 0.25 element, fc1 0.25 element",
        article | {"conv2": "dropout 0.5, element-wise"},
    )
    net.picture("conv3").click()
    net.preset("Plain")
    net.expect_agreement("none", {})


@pytest.mark.parametrize("slow", ["0", "0.6"])
def test_a_preset_pressed_right_after_an_edit_wins_even_if_the_page_has_it_already(
    net: Net, slow: str
) -> None:
    net.open(slow=slow)
    net.slider("conv1").press("ArrowRight")  # not told yet: the press on the preset ends it
    net.preset("Article")
    article = dict.fromkeys(("flatten", "fc1"), "dropout 0.25, element-wise")
    net.expect_agreement("flatten 0.25 element, fc1 0.25 element", article)


def test_a_preset_that_arrives_during_a_drag_leaves_the_drag_alone(net: Net) -> None:
    net.open("preset=article-baseline", slow="0.6")
    net.preset("Article")
    mouse = net.page.mouse
    mouse.move(*net.point("conv1", 0))
    mouse.down()
    mouse.move(*net.point("conv1", 0.5))
    net.expect_drawn("fc1", "dropout 0.25, element-wise")
    net.expect_drawn("conv1", "dropout 0.5, element-wise")
    mouse.up()
    net.expect_python("conv1 0.5 element, flatten 0.25 element, fc1 0.25 element")


def test_a_page_that_keeps_what_is_returned_agrees_as_well(net: Net) -> None:
    net.open(returned="1")
    net.picture("conv1").click()
    words = "conv1 0.25 element, flatten 0.25 element, fc1 0.25 element"
    net.expect_python(words)
    net.preset("Plain")
    net.expect_agreement("none", {})
    net.picture("fc1").click()
    net.expect_agreement("fc1 0.25 element", {"fc1": "dropout 0.25, element-wise"})


def test_a_plain_widget_above_follows_the_drawing_and_moves_it(net: Net) -> None:
    net.open("preset=article-baseline", slider="1")
    net.picture("fc1").click()
    plain = net.page.locator(".st-key-fc1").get_by_role("slider")
    expect(plain).to_have_attribute("aria-valuetext", "0.25")
    plain.press("ArrowRight")
    net.expect_agreement("fc1 0.3 element", {"fc1": "dropout 0.3, element-wise"})


def test_a_rate_from_an_address_is_shown_and_can_be_had_again(net: Net) -> None:
    net.open("flatten=0.37&fc1=0.95")
    net.expect_drawn("flatten", "dropout 0.37, element-wise")
    expect(net.slider("fc1")).to_have_attribute("aria-valuemax", "0.95")
    net.slider("flatten").press("ArrowRight")
    net.expect_drawn("flatten", "dropout 0.4, element-wise")
    net.slider("flatten").press("ArrowLeft")
    net.expect_drawn("flatten", "dropout 0.37, element-wise")
    net.expect_runs(1)


def test_another_width_redraws_the_same_seven_layers(net: Net) -> None:
    net.open()
    net.preset("Wide")
    expect(net.layer("conv1")).to_contain_text("128 × 16 × 16")
    expect(net.layer("fc1")).to_contain_text("16,783,360 parameters")
    net.expect_drawn("fc1", "dropout 0.5, element-wise")
    net.preset("Thin")
    expect(net.layer("conv1")).to_contain_text("4 × 15 × 15")
    expect(net.page.locator(".layer")).to_have_count(7)


def test_nothing_moves_when_dropout_comes_and_goes(net: Net) -> None:
    net.open("preset=article-baseline")
    where = "els => els.map(e => { const b = e.getBoundingClientRect(); return [b.x, b.y]; })"
    places = net.page.locator(".picture, .slider, .legend, .net")
    before = places.evaluate_all(where)
    for name in NAMES:
        net.picture(name).click()
        net.expect_drawn(name, "dropout 0.25, element-wise")
    assert places.evaluate_all(where) == before


def test_a_phone_stacks_layers_with_targets_for_fingers_and_no_overflow(phone: Net) -> None:
    phone.open("conv1=channel:0.3&fc1=connect:0.5")
    assert phone.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    tops = [box["y"] for n in NAMES if (box := phone.slider(n).bounding_box())]
    assert len(tops) == len(NAMES)
    assert tops == sorted(set(tops))
    for target in (phone.slider("conv1"), phone.picture("conv1"), phone.menu("conv1")):
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 40


def test_taps_and_swipes_on_a_phone_set_dropout_and_scrolling_does_not(phone: Net) -> None:
    phone.open("preset=article-baseline")
    phone.picture("input").tap()
    phone.expect_python("input 0.25 element")
    touch = phone.page.context.new_cdp_session(phone.page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        listed = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": listed})

    phone.slider("conv1").scroll_into_view_if_needed()
    x, y = phone.point("conv1", 0)
    end, _ = phone.point("conv1", 0.5)
    send("touchStart", (x, y))
    for part in range(1, 6):
        send("touchMove", (x + (end - x) * part / 5, y))
    phone.expect_drawn("conv1", "dropout 0.5, element-wise")
    phone.expect_runs(2)
    send("touchEnd")
    phone.expect_python("input 0.25 element, conv1 0.5 element")
    phone.page.evaluate("scrollTo(0, 0)")
    x, y = phone.point("conv2", 0.7)
    send("touchStart", (x, y))
    for part in range(1, 12):
        send("touchMove", (x, y - 20 * part))
    send("touchEnd")
    phone.page.wait_for_timeout(500)
    phone.expect_drawn("conv2", "no dropout")
    phone.expect_runs(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_light_or_dark_with_every_kind_on_show(net: Net, scheme: str) -> None:
    net.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    net.open("input=0.1&conv1=channel:0.3&conv2=block:0.3&conv3=gaussian:0.5&fc1=connect:0.5")
    violations = Axe().run(net.page, context=".st-key-net").response["violations"]
    assert [violation["id"] for violation in violations] == []
