"""The summariser's TextRank. Its server, which wants packages of its own, is asked on the real engine."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SUMMARISE = Path(__file__).parents[2] / "models" / "summarise"


def ask(program: str) -> Any:
    """What `program` prints as JSON, in a process of its own: models share the names of their modules."""
    code = f"import json, pathlib\nfrom textrank import *\nsettings = Settings.read(pathlib.Path('artifact'))\nprint(json.dumps({program}))"
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run([sys.executable, "-c", code], cwd=SUMMARISE, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


SAMPLE = "json.load(open('sample.json', encoding='utf-8'))"


def test_the_sample_is_told_in_three_of_its_sentences() -> None:
    assert json.loads((SUMMARISE / "sample.json").read_text())["sentences"] == 3
    assert ask(f"(lambda a: summarise(a['text'], settings, a['sentences'], a['title']))({SAMPLE})") == [
        "Lighthouses were once kept by families who lived beside the lamp.",
        "His lens made a small oil lamp visible from thirty kilometres, and within decades lighthouses around the world had one.",
        "Electric lamps came next, and with them the first lighthouses that needed no keeper at night.",
    ]


def test_sentences_end_where_they_do_and_not_after_an_abbreviation() -> None:
    text = 'Dr. Ada met J. Watt, i.e. Mr. Watt. \\"Is it 3.5 bar?\\" he asked.\\nYes!  (It was.) No stop\\n\\nA new part'
    assert ask(f'sentences("{text}")') == [
        "Dr. Ada met J. Watt, i.e. Mr. Watt.",
        '"Is it 3.5 bar?" he asked.',
        "Yes!",
        "(It was.)",
        "No stop",
        "A new part",
    ]


def test_a_text_with_no_more_sentences_than_wanted_is_given_back_and_one_without_topics_in_its_order() -> None:
    assert ask("summarise('One. Two.', settings, 2)") == ["One.", "Two."]
    assert ask("summarise('It is. It was. They are.', settings, 2)") == ["It is.", "It was."]
    assert ask("summarise('', settings, 3)") == []


def test_the_title_draws_the_summary_to_its_topic() -> None:
    text = "Apples grow on trees. Apples taste sweet. Rivers run to the sea. Rivers carry ships."
    assert ask(f"[summarise('{text}', settings, 2, title) for title in ('Apples', 'Rivers')]") == [
        ["Apples grow on trees.", "Apples taste sweet."],
        ["Rivers run to the sea.", "Rivers carry ships."],
    ]
