"""What image and composition promise to whoever runs them."""

import re
import shlex
import tomllib

import pytest

from app.serving.server import DRAIN_SECONDS
from app.settings import Settings
from tests.docker.files import EXAMPLE, environment_of_image, example, instructions, interpolated, services
from tests.support.server import ROOT

FILLED_IN = {"POSTGRES_PASSWORD": "0123456789abcdef"}
OURS = ("server", "worker", "migrate")
MOST_DRAIN_DELAY_SECONDS = 15
SECRET = re.compile(r"(PASSWORD|SECRET|KEY|TOKEN)\w*=(?!$|\S*\$)", re.MULTILINE)


def test_nothing_of_the_image_runs_as_root() -> None:
    users = [found.rest for found in instructions() if found.word == "USER" and not found.stage]

    assert users == ["10001"]


def test_nothing_of_the_build_but_what_was_installed_is_in_the_image() -> None:
    copied = [found.rest for found in instructions() if found.word in {"COPY", "ADD"} and not found.stage]

    assert copied == ["--from=build /opt/hybrid-meetings /opt/hybrid-meetings"]


def test_the_image_says_what_it_is_and_by_the_build_s_word_which_version_of_what_and_when() -> None:
    [labels] = [found.rest for found in instructions() if found.word == "LABEL"]
    pairs = dict(word.split("=", 1) for word in shlex.split(labels))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert {name.removeprefix("org.opencontainers.image."): value for name, value in pairs.items()} == {
        "title": "Hybrid Meetings",
        "description": project["description"],
        "licenses": project["license"],
        "version": "${VERSION}",
        "revision": "${REVISION}",
        "created": "${CREATED}",
    }


def test_whoever_composes_may_say_the_same_as_whoever_builds() -> None:
    asked = {
        word.partition("=")[0] for found in instructions() if found.word == "ARG" for word in shlex.split(found.rest)
    }
    said = {name: f"the {name}" for name in asked}

    assert asked == {"VERSION", "REVISION", "CREATED"}
    assert services(FILLED_IN | said)["server"]["build"]["args"] == said
    assert set(services(FILLED_IN)["server"]["build"]["args"].values()) == {None}


def test_everything_that_the_build_copies_is_let_in_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = {
        path for found in instructions() if found.word == "COPY" and found.stage for path in found.rest.split()[:-1]
    }

    assert ignored[1] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == copied


def test_a_password_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(KeyError, match="POSTGRES_PASSWORD"):
        interpolated({})


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_processes_may_do_no_more_than_it_has_to(name: str) -> None:
    service = services(FILLED_IN)[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


def test_what_runs_on_is_started_again_and_what_is_done_is_not() -> None:
    restarts = {name: service["restart"] for name, service in services(FILLED_IN).items()}

    assert restarts.pop("migrate") == "no"
    assert set(restarts.values()) == {"unless-stopped"}


def test_a_server_is_given_longer_than_it_takes_to_stop() -> None:
    grace = int(services(FILLED_IN)["server"]["stop_grace_period"].removesuffix("s"))

    assert grace >= DRAIN_SECONDS + MOST_DRAIN_DELAY_SECONDS + 15


def test_no_port_but_the_servers_is_open_and_that_on_this_machine_alone() -> None:
    ports = {name: service.get("ports") for name, service in services(FILLED_IN).items()}

    assert ports.pop("server") == ["127.0.0.1:8000:8000"]
    assert set(ports.values()) == {None}


def test_redis_keeps_nothing_on_disk_and_drops_nothing_by_itself() -> None:
    command = services(FILLED_IN)["redis"]["command"]

    assert command[command.index("--save") + 1] == ""
    assert command[command.index("--appendonly") + 1] == "no"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert "volumes" not in services(FILLED_IN)["redis"]


def test_every_setting_of_ours_that_the_files_name_exists() -> None:
    known = {f"HYBRID_MEETINGS_{name.upper()}" for name in Settings.model_fields}
    known |= {
        f"HYBRID_MEETINGS_{suite}_CLIENT_{what}"
        for suite in ("MICROSOFT_365", "GOOGLE_WORKSPACE")
        for what in ("ID", "SECRET")
    }
    named = set(environment_of_image())
    named |= set(services(FILLED_IN)["worker"]["environment"])
    named |= set(re.findall(r"HYBRID_MEETINGS_[A-Z0-9_]+", interpolated(FILLED_IN) + EXAMPLE.read_text()))

    assert {name for name in named if name.startswith("HYBRID_MEETINGS_")} <= known


def test_no_file_has_a_secret_in_it() -> None:
    texts = [EXAMPLE.read_text(), (ROOT / "docker" / "Dockerfile").read_text()]

    assert [found.group() for text in texts for found in SECRET.finditer(text)] == []
    assert example()["HYBRID_MEETINGS_SECRET_KEY"] == ""
    assert "/docker/.env" in (ROOT / ".gitignore").read_text().splitlines()
