"""The container runs without root, without capabilities and on a read-only disk."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_image_installs_hashed_packages_and_ends_as_another_user_than_root() -> (
    None
):
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in text
    steps = [line.split() for line in text.splitlines() if line.startswith("USER")]
    assert steps == [["USER", "10001"]]
    assert text.index("USER 10001") > text.rindex("\nRUN ")


def test_replicas_have_a_read_only_disk_no_capabilities_and_no_way_out() -> None:
    text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    replica = text[text.index("x-page:") : text.index("services:")]
    for line in (
        "read_only: true",
        "cap_drop: [all]",
        "security_opt: [no-new-privileges]",
        "networks: [inside]",
    ):
        assert f"  {line}\n" in replica
    assert "/tmp:rw,noexec,nosuid" in replica  # noqa: S108
    assert "  inside:\n    internal: true" in text
