"""Check what hassfest leaves out for custom integrations.

Languages, texts that the code names, icons, manifest and quality scale. The real
hassfest stays the judge where it can be had.
"""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
import sys
from typing import Any

import yaml

INTEGRATION = Path(__file__).parents[1] / "custom_components" / "sunbridge"
LANGUAGES = ("de", "nl")
RULES = 54
MANIFEST = {
    "codeowners", "config_flow", "documentation", "domain", "integration_type",
    "iot_class", "issue_tracker", "name", "quality_scale", "requirements", "version",
}  # fmt: skip
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>")


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text with its dotted path."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    else:
        yield path, tree


def check_languages(texts: dict[str, dict[str, str]]) -> Iterator[str]:
    """Check that all languages say the same, in plain text."""
    english = texts["en"]
    for language in LANGUAGES:
        other = texts[language]
        for path in sorted(english.keys() ^ other.keys()):
            lacking = language if path in english else "en"
            yield f"{lacking}: {path} is missing"
        for path in sorted(english.keys() & other.keys()):
            if set(_PLACEHOLDER.findall(english[path])) != set(
                _PLACEHOLDER.findall(other[path])
            ):
                yield f"{language}: {path} has other placeholders than English"
    for language, found in texts.items():
        for path, text in found.items():
            if not text or text != text.strip() or _MARKUP.search(text):
                yield f"{language}: {path} is empty, has outer spaces or markup"


def check_keys(english: dict[str, Any]) -> Iterator[str]:
    """Check that texts which the code names exist, and that others are named."""
    named: set[str] = set()
    for file in INTEGRATION.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
            if not isinstance(node, ast.Call):
                continue
            words = {word.arg: word.value for word in node.keywords}
            key = words.get("translation_key")
            if "translation_domain" not in words or not isinstance(key, ast.Constant):
                continue
            if key.value not in english["exceptions"]:
                yield f"{file.name}: there is no text for exception {key.value!r}"
    for category in ("exceptions", "issues"):
        for key in english[category].keys() - named:
            yield f"en: {category}.{key} is named nowhere"
    for key in english["config"]["error"].keys() - named:
        yield f"en: config.error.{key} is named nowhere"


def check_icons(english: dict[str, Any]) -> Iterator[str]:
    """Check that icons belong to entities, and are icons."""
    icons = json.loads((INTEGRATION / "icons.json").read_text())
    for platform, entities in icons["entity"].items():
        for key in entities.keys() - english["entity"][platform].keys():
            yield f"icons.json: there is no entity {platform}.{key}"
    for path, icon in leaves(icons):
        if not icon.startswith("mdi:"):
            yield f"icons.json: {path} is no mdi icon"


def check_manifest() -> Iterator[str]:
    """Check keys and their order."""
    manifest = json.loads((INTEGRATION / "manifest.json").read_text())
    for key in sorted(MANIFEST - manifest.keys()):
        yield f"manifest.json: {key} is missing"
    if list(manifest)[:2] != ["domain", "name"] or list(manifest)[2:] != sorted(
        list(manifest)[2:]
    ):
        yield "manifest.json: the order is domain, name, then a to z"
    for requirement in manifest["requirements"]:
        if "==" not in requirement:
            yield f"manifest.json: {requirement} isn't pinned"


def check_quality_scale() -> Iterator[str]:
    """Check that each rule is done, or exempt with a reason."""
    rules = yaml.safe_load((INTEGRATION / "quality_scale.yaml").read_text())["rules"]
    if len(rules) != RULES:
        yield f"quality_scale.yaml: {len(rules)} rules instead of {RULES}"
    for rule, value in rules.items():
        status = value if isinstance(value, str) else value["status"]
        if status not in {"done", "exempt"}:
            yield f"quality_scale.yaml: {rule} is {status}"
        if status == "exempt" and not (
            isinstance(value, dict) and value.get("comment")
        ):
            yield f"quality_scale.yaml: {rule} is exempt without a reason"


def main() -> int:
    """Print what's wrong; return 1 if anything is."""
    trees = {
        language: json.loads(
            (INTEGRATION / "translations" / f"{language}.json").read_text()
        )
        for language in ("en", *LANGUAGES)
    }
    problems = [
        *check_languages({lang: dict(leaves(tree)) for lang, tree in trees.items()}),
        *check_keys(trees["en"]),
        *check_icons(trees["en"]),
        *check_manifest(),
        *check_quality_scale(),
    ]
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
