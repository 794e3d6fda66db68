"""Tests of the set-up's decisions: which uv, is it the right file, is there anything to do."""

import io
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tools import environment, locked_uv, stamp
from tools.locked_uv import Machine, UvUnavailableError, Wheel

TAGS = [
    "macosx_10_12_x86_64",
    "macosx_11_0_arm64",
    "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "manylinux_2_28_aarch64",
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "musllinux_1_1_x86_64",
    "win_amd64",
]


def lock_text(tags: list[str]) -> str:
    wheels = "\n".join(
        f'{{ url = "https://files.example/uv-0.13.9-py3-none-{tag}.whl", hash = "sha256:{tag}" }},'
        for tag in tags
    )
    return f'[[package]]\nname = "uv"\nversion = "0.13.9"\nwheels = [\n{wheels}\n]\n'


@pytest.mark.parametrize(
    ("machine", "tag"),
    [
        (Machine("linux", "x86_64", libc=(2, 36)), "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        (Machine("linux", "x86_64"), "musllinux_1_1_x86_64"),
        (Machine("linux", "x86_64", libc=(2, 12)), "musllinux_1_1_x86_64"),
        (Machine("linux", "aarch64", libc=(2, 36)), "manylinux_2_28_aarch64"),
        (
            Machine("linux", "aarch64", libc=(2, 26)),
            "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        ),
        (
            Machine("linux", "aarch64"),
            "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        ),
        (Machine("darwin", "arm64", macos=(14, 5)), "macosx_11_0_arm64"),
        (Machine("darwin", "x86_64", macos=(12, 7)), "macosx_10_12_x86_64"),
    ],
)
def test_each_platform_gets_the_wheel_that_runs_on_it(machine: Machine, tag: str) -> None:
    wheel = locked_uv.choose_wheel(lock_text(TAGS), machine)
    assert wheel.file_name == f"uv-0.13.9-py3-none-{tag}.whl"
    assert wheel.sha256 == tag
    assert wheel.version == "0.13.9"


@pytest.mark.parametrize(
    "machine", [Machine("linux", "mips"), Machine("darwin", "x86_64", macos=(10, 9))]
)
def test_a_platform_without_a_wheel_is_told_what_to_do(machine: Machine) -> None:
    with pytest.raises(UvUnavailableError, match=r"put uv 0\.13\.9 or newer on the PATH"):
        locked_uv.choose_wheel(lock_text(TAGS), machine)


def test_the_lock_of_this_checkout_has_a_uv_for_this_machine() -> None:
    lock = Path(stamp.__file__).parents[1] / "uv.lock"
    wheel = locked_uv.choose_wheel(lock.read_text(), locked_uv.this_machine())
    assert wheel.url.startswith("https://")
    assert len(wheel.sha256) == 64


def wheel_of(content: bytes) -> Wheel:
    return Wheel("0.13.9", "https://files.example/uv.whl", sha256(content).hexdigest())


def test_a_file_with_another_hash_is_refused() -> None:
    with pytest.raises(UvUnavailableError, match=r"not the file that uv\.lock names"):
        locked_uv.fetch(wheel_of(b"right"), fetchers=(lambda _: b"wrong",))


def test_a_failed_download_falls_to_the_next_way() -> None:
    def unreachable(wheel: Wheel) -> bytes:
        raise OSError("no route to host")

    wheel = wheel_of(b"right")
    ways = (unreachable, lambda _: b"wrong", lambda _: b"right")
    assert locked_uv.fetch(wheel, fetchers=ways) == b"right"
    with pytest.raises(UvUnavailableError, match=r"no route to host.*Check the network"):
        locked_uv.fetch(wheel, fetchers=(unreachable,))


def test_the_program_is_taken_out_of_the_wheel(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("uv/__init__.py", "")
        archive.writestr("uv-0.13.9.data/scripts/uvx", "uvx")
        archive.writestr("uv-0.13.9.data/scripts/uv", "the program")
    target = tmp_path / ".tools" / "uv-0.13.9" / "uv"
    locked_uv.unpack(content.getvalue(), target)
    assert target.read_text() == "the program"
    assert target.stat().st_mode & 0o777 == 0o755
    assert list(target.parent.iterdir()) == [target]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "uv.lock").write_text("version = 1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / ".tools").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    return tmp_path


def test_a_finished_set_up_covers_its_group_and_those_before_it(checkout: Path) -> None:
    stamp.write(str(checkout), "dev")
    assert stamp.covers(str(checkout), "dev")
    assert stamp.covers(str(checkout), "runtime")


def test_a_runtime_set_up_does_not_cover_development(checkout: Path) -> None:
    stamp.write(str(checkout), "runtime")
    assert stamp.covers(str(checkout), "runtime")
    assert not stamp.covers(str(checkout), "dev")


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml"])
def test_changed_pins_call_for_a_new_set_up(checkout: Path, name: str) -> None:
    stamp.write(str(checkout), "dev")
    (checkout / name).write_text("# changed\n")
    assert not stamp.covers(str(checkout), "dev")


def test_another_python_calls_for_a_new_set_up(checkout: Path) -> None:
    assert stamp.key(str(checkout), "3.11.7") != stamp.key(str(checkout), "3.12.1")


def test_a_vanished_interpreter_calls_for_a_new_set_up(checkout: Path) -> None:
    stamp.write(str(checkout), "dev")
    (checkout / ".venv" / "bin" / "python").unlink()
    assert not stamp.covers(str(checkout), "dev")


@pytest.mark.parametrize("content", ["", "half a st", "a\nb\nc\nd\n", "key\nno-such-group\n/\n"])
def test_a_damaged_stamp_counts_as_none(checkout: Path, content: str) -> None:
    Path(stamp.path(str(checkout))).write_text(content)
    assert stamp.find(str(checkout)) is None
    assert not stamp.covers(str(checkout), "runtime")


def test_a_set_up_cut_short_begins_anew_with_the_group_it_was_for(checkout: Path) -> None:
    environment.begin(str(checkout), "dev")
    assert not stamp.covers(str(checkout), "runtime")
    assert environment.recorded_group(str(checkout)) == "dev"
    environment.remove_broken(str(checkout))
    assert not (checkout / ".venv").exists()


def test_an_environment_copied_from_another_folder_is_made_anew(checkout: Path) -> None:
    stamp.write(str(checkout), "dev")
    copy = checkout.rename(checkout.with_name("copy"))
    assert not stamp.covers(str(copy), "dev")
    environment.remove_broken(str(copy))
    assert not (copy / ".venv").exists()


def test_a_sound_environment_is_kept_when_pins_change(checkout: Path) -> None:
    stamp.write(str(checkout), "dev")
    (checkout / "uv.lock").write_text("# changed\n")
    environment.remove_broken(str(checkout))
    assert (checkout / ".venv").exists()


def test_development_tools_once_installed_stay(checkout: Path) -> None:
    stamp.write(str(checkout), "dev")
    assert environment.widest("runtime", environment.recorded_group(str(checkout))) == "dev"


def test_a_runtime_set_up_removes_nothing_that_is_installed() -> None:
    (step,) = environment.lock_steps("runtime")
    assert {"--locked", "--no-dev", "--inexact"} <= set(step)


@pytest.mark.parametrize("group", stamp.GROUPS)
def test_another_index_serves_the_locked_files_only(group: str) -> None:
    steps = environment.index_steps(group)
    assert all("--require-hashes" in step for step in steps if "--requirement" in step)
    assert ("--no-dev" in steps[1]) == (group == "runtime")
    assert ("bench" in steps[1]) == (group == "bench")


def test_what_benchmarks_need_is_set_up_beside_the_development_tools() -> None:
    (step,) = environment.lock_steps("bench")
    assert step[-2:] == ["--group", "bench"]
    assert "--no-dev" not in step
