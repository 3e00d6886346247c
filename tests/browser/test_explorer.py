"""The explorer as a person meets it: real JupyterLab, real Chromium."""

import json

import pytest

import initviz as iv

pytest.importorskip("playwright")
from lab import (
    PICTURE,
    changed,
    chromium,
    chromium_path,
    clipped_labels,
    drag,
    jupyterlab,
    menu,
    open_notebook,
    pixels,
    run_all,
    silent_labels,
    slider,
    still,
    words,
    write_notebook,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("explorer"),  # they share a page
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    write_notebook(folder / "explorer.ipynb", "import initviz as iv\n\niv.explore()")
    return folder


@pytest.fixture(scope="module")
def page(folder):
    """The whole explorer, with all its settings unfolded."""
    with jupyterlab(folder) as address, chromium() as browser:
        size = {"width": 1280, "height": 900}
        page = browser.new_page(viewport=size, device_scale_factor=2)
        open_notebook(page, address, "explorer.ipynb")
        run_all(page)
        page.get_by_role("button", name="More settings").click(timeout=60_000)
        page.locator(PICTURE).scroll_into_view_if_needed()
        yield page


@pytest.fixture(autouse=True)
def no_traceback(page, folder):
    yield
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert "Traceback" not in (folder / "jupyterlab.log").read_text()


@pytest.fixture(autouse=True)
def reset(page, no_traceback):
    yield
    page.get_by_role("button", name="Reset").click()
    still(page)


@pytest.mark.parametrize(
    "label", ["scale", "hidden layers", "width", "learning rate", "restarts", "epochs"]
)
def test_every_slider_can_be_dragged_to_both_ends(page, label):
    before = still(page)
    drag(page, slider(page, label), 700)
    at_the_top = changed(page, before)
    drag(page, slider(page, label), -900)
    changed(page, at_the_top)


def test_the_scale_decides_between_silence_and_saturation(page):
    drag(page, slider(page, "scale"), 700)
    changed(page, "")
    assert "saturated at the start" in words(page)
    drag(page, slider(page, "scale"), -900)
    changed(page, "")
    assert "learnt nothing" in words(page)


@pytest.mark.parametrize("label", ["scheme", "activation", "data", "bias"])
def test_every_choice_of_every_menu_gives_a_picture(page, label):
    now = still(page)
    chosen = menu(page, label).input_value()
    for choice in menu(page, label).locator("option").all_inner_texts():
        if choice == chosen:
            continue
        menu(page, label).select_option(choice)
        now, chosen = changed(page, now), choice
        assert len(words(page)) > 40


def test_the_menus_hold_everything_there_is(page):
    schemes = menu(page, "scheme").locator("option").all_inner_texts()
    assert {iv.INITIALIZERS[s] for s in schemes} == set(iv.INITIALIZERS.values())
    assert menu(page, "activation").locator("option").all_inner_texts() == list(iv.ACTIVATIONS)


def test_the_scale_follows_the_arrow_keys(page):
    before = still(page)
    slider(page, "scale").focus()
    page.keyboard.press("ArrowRight")
    changed(page, before)


def test_everything_can_be_reached_with_the_tab_key(page):
    menu(page, "scheme").focus()
    reached = set()
    for _ in range(30):
        focused = "e => e.className + ' ' + (e.textContent || '')"
        reached.add(page.evaluate(f"() => ({focused})(document.activeElement)").strip())
        page.keyboard.press("Tab")
    text = " ".join(reached)
    assert "noUi-handle" in text
    for button in ("New draw", "Pin", "Reset", "Export"):
        assert button in text


def test_play_runs_through_the_training(page):
    before = still(page)
    page.locator(".widget-play button").first.click()
    page.wait_for_timeout(800)
    assert pixels(page) != before
    assert changed(page, "") == before  # it ends where it began, at the last epoch


def test_pin_keeps_an_outline(page):
    before = still(page)
    page.get_by_role("button", name="Pin").click()
    pinned = changed(page, before)
    slider(page, "scale").focus()
    page.keyboard.press("ArrowRight")
    changed(page, pinned)
    assert "Pinned: scale 1" in words(page)


def test_new_draw_and_reset(page):
    before = still(page)
    page.get_by_role("button", name="New draw").click()
    changed(page, before)
    page.get_by_role("button", name="Reset").click()
    assert changed(page, "") == before


def test_nonsense_typed_into_the_seed_changes_nothing(page):
    before = still(page)
    box = page.get_by_label("seed")
    for nonsense in ("-5", "1e99", ""):
        box.fill(nonsense)
        box.press("Enter")
        still(page)
    box.fill("0")
    box.press("Enter")
    assert changed(page, "") == before


@pytest.mark.parametrize("name", ["picture.png", "run.csv", "settings.json"])
def test_export_saves_files(page, name, tmp_path):
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    saved = tmp_path / name
    download.value.save_as(saved)
    assert download.value.suggested_filename == f"initviz-{name}"
    if name == "settings.json":
        assert (
            iv.Experiment.from_json(saved.read_text()).epochs
            == json.loads(saved.read_text())["epochs"]
        )
    elif name == "run.csv":
        assert saved.read_text().startswith("epoch,restart,loss,accuracy")
    else:
        assert saved.read_bytes().startswith(b"\x89PNG")


def test_nothing_is_clipped_at_1280_pixels_with_the_sidebar_open(page):
    assert page.locator("#jp-left-stack").is_visible()
    assert clipped_labels(page) == []
    picture = page.locator(PICTURE).bounding_box()
    cell = page.locator(".jp-OutputArea-output").filter(has=page.locator(PICTURE)).bounding_box()
    assert picture["x"] >= cell["x"]
    assert picture["x"] + picture["width"] <= cell["x"] + cell["width"]


def test_every_label_explains_its_control(page):
    assert silent_labels(page) == []


def test_the_picture_at_rest_is_sharp_at_two_pixels_a_point(page):
    still(page)
    shown = page.locator(PICTURE).evaluate("e => e.naturalWidth / e.getBoundingClientRect().width")
    assert shown >= 2


def test_the_layout_does_not_jump(page):
    """Whatever is chosen, the picture keeps its place and size."""
    boxes = [page.locator(PICTURE).bounding_box()]
    for _ in range(3):
        drag(page, slider(page, "scale"), 200)
        changed(page, "")
        boxes.append(page.locator(PICTURE).bounding_box())
    assert boxes == [boxes[0]] * 4


def test_words_and_picture_follow_the_dark_theme(page):
    page.evaluate(
        "() => jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    page.wait_for_timeout(1500)
    ink, ground, filtered = page.evaluate(
        """() => {
          const light = color => color.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 765;
          const words = getComputedStyle(document.querySelector('.widget-html p'));
          const cell = getComputedStyle(document.querySelector('.jp-Notebook'));
          const picture = getComputedStyle(document.querySelector('img.widget-image'));
          return [light(words.color), light(cell.backgroundColor), picture.filter];
        }"""
    )
    page.evaluate(
        "() => jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})"
    )
    assert ground < 0.3
    assert ink - ground > 0.5
    assert filtered == "invert(1) hue-rotate(180deg)"


def test_a_number_can_be_typed_for_the_scale(page):
    before = still(page)
    field = page.get_by_label("as a number")
    field.fill("0.01")
    field.press("Enter")
    changed(page, before)
    assert "learnt nothing" in words(page)
    field.fill("1e9")  # beyond the end of the slider, and so at its end
    field.press("Enter")
    changed(page, "")
    assert field.input_value() == "100"


def test_settings_can_be_folded_again(page):
    export = page.get_by_role("button", name="Export")
    page.get_by_role("button", name="Fewer settings").click()
    export.wait_for(state="hidden")
    assert menu(page, "scheme").is_visible()
    page.get_by_role("button", name="More settings").click()
    export.wait_for()


@pytest.mark.parametrize("width", [800, 640])  # the second is 1280 at a zoom of 200 %
def test_on_a_narrow_screen_controls_keep_their_names_and_the_picture_its_share(page, width):
    page.evaluate("() => jupyterapp.commands.execute('application:toggle-left-area')")
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(500)
    clipped, picture = clipped_labels(page), page.locator(PICTURE).bounding_box()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("() => jupyterapp.commands.execute('application:toggle-left-area')")
    assert clipped == []
    assert picture["width"] >= width / 2


def test_beside_the_list_of_files_on_a_narrow_screen_the_slider_still_has_a_length(page):
    page.set_viewport_size({"width": 640, "height": 900})
    page.wait_for_timeout(500)
    slider = page.locator(".widget-slider", has_text="scale").locator(".noUi-target")
    length = slider.bounding_box()["width"]
    page.set_viewport_size({"width": 1280, "height": 900})
    assert length > 50
