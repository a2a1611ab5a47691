from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cluster.service_manager import ServiceManager
from corotui.errors import RefusedError, UsageError
from corotui.facts.model import NodeFacts, Os
from corotui.source.compile.plan import BuildInputs, package_format_of, plan_from_facts, platform_of, upstream_version
from corotui.source.releases.manifest import read_manifest, select_releases

DEBIAN = Os(id="debian", version="12", family="debian", package_tool="apt", arch="x86_64")
RHEL9 = Os(id="rhel", version="9.4", family="rhel", package_tool="dnf", arch="x86_64")
AMAZON2 = Os(id="amzn", version="2", family="rhel", package_tool="yum", arch="aarch64")
AMAZON2023 = Os(id="amzn", version="2023", family="rhel", package_tool="dnf", arch="x86_64")
SUSE = Os(id="sles", version="15.6", family="suse", package_tool="zypper", arch="x86_64")
OTHER = Os(id="arch", arch="x86_64")
V317 = select_releases(read_manifest(), "3.1.7")


def node(name: str, os: Os, **facts: object) -> NodeFacts:
    made = NodeFacts(node=name, taken_at=0.0, os=os, service_manager=ServiceManager.SYSTEMD)
    return replace(made, **facts)  # type: ignore[arg-type]


def test_nodes_of_one_kind_have_one_build_node() -> None:
    made = plan_from_facts({name: node(name, DEBIAN) for name in ("a", "b", "c")}, V317)
    (kind,) = made.platforms
    assert kind.nodes == ("a", "b", "c")
    assert (kind.build_node, kind.package_format) == ("a", "deb")
    assert [release.label for release in kind.releases] == ["libqb 2.0.6", "kronosnet 1.25", "corosync 3.1.7"]
    assert made.releases == V317


def test_each_kind_has_its_own_build_node() -> None:
    facts = {"a": node("a", DEBIAN), "b": node("b", RHEL9), "c": node("c", replace(RHEL9, version="9.2"))}
    made = plan_from_facts(facts, V317, BuildInputs(build_node="c"))
    assert [(kind.build_node, kind.nodes, kind.package_format) for kind in made.platforms] == [
        ("a", ("a",), "deb"),
        ("c", ("b", "c"), "rpm"),
    ]


def test_another_processor_or_service_manager_is_another_kind() -> None:
    assert platform_of(node("a", AMAZON2)) != platform_of(node("b", replace(AMAZON2, arch="x86_64")))
    assert platform_of(node("a", DEBIAN)) != platform_of(node("b", DEBIAN, service_manager=ServiceManager.SYSV))
    assert platform_of(node("a", replace(DEBIAN, version="13"))) != platform_of(node("b", DEBIAN))


@pytest.mark.parametrize(
    ("os", "form", "some"),
    [
        (DEBIAN, "deb", {"dpkg-dev", "libnss3-dev", "libsystemd-dev", "libxml2-dev", "pkg-config", "xz-utils"}),
        (RHEL9, "rpm", {"rpm-build", "nss-devel", "systemd-devel", "libxml2-devel", "pkgconf-pkg-config", "cpio"}),
        (AMAZON2023, "rpm", {"rpm-build", "nss-devel", "lz4-devel", "libtool", "doxygen", "pkgconf-pkg-config"}),
        (AMAZON2, "rpm", {"rpm-build", "nss-devel", "pkgconfig"}),
        (SUSE, "rpm", {"rpm-build", "mozilla-nss-devel", "libopenssl-devel", "liblz4-devel"}),
        (OTHER, "prefix", set()),
    ],
)
def test_what_a_build_needs_by_the_names_of_its_family(os: Os, form: str, some: set[str]) -> None:
    (kind,) = plan_from_facts({"a": node("a", os)}, V317).platforms
    assert (kind.package_format, package_format_of(os)) == (form, form)
    assert some <= set(kind.build_dependencies)
    assert not any("qb" in name or "knet" in name for name in kind.build_dependencies)
    assert kind.missing_dependencies == kind.build_dependencies
    if not some:
        assert kind.build_dependencies == ()


def test_only_what_is_not_there_is_missing() -> None:
    has = {
        "a": {
            name: "1"
            for name in plan_from_facts({"a": node("a", DEBIAN)}, V317).platforms[0].build_dependencies
            if name != "make"
        }
    }
    assert plan_from_facts({"a": node("a", DEBIAN)}, V317, BuildInputs(installed=has)).platforms[
        0
    ].missing_dependencies == ("make",)


def test_a_library_of_the_distribution_is_used_on_request() -> None:
    facts = {"a": node("a", DEBIAN)}
    offers = {"a": {"libqb-dev": "2.0.6-2", "libknet-dev": "1.25-1"}}
    (kind,) = plan_from_facts(facts, V317, BuildInputs(available=offers)).platforms
    assert len(kind.releases) == 3
    assert kind.available_from_distribution == {"libqb": ("libqb-dev",), "kronosnet": ("libknet-dev",)}
    made = plan_from_facts(facts, V317, BuildInputs(available=offers, use_distribution=True))
    assert [release.component for release in made.platforms[0].releases] == ["corosync"]
    assert {"libqb-dev", "libknet-dev"} <= set(made.platforms[0].missing_dependencies)
    assert [release.component for release in made.releases] == ["corosync"]


def test_a_library_that_is_too_old_does_not_serve() -> None:
    offers = {"a": {"libqb-dev": "2.0.6-2", "libknet-dev": "1.11-2ubuntu1"}}
    (kind,) = plan_from_facts(
        {"a": node("a", DEBIAN)}, V317, BuildInputs(available=offers, use_distribution=True)
    ).platforms
    assert [release.component for release in kind.releases] == ["kronosnet", "corosync"]


def test_older_series_need_less() -> None:
    (kind,) = plan_from_facts({"a": node("a", RHEL9)}, select_releases(read_manifest(), "2.4.4")).platforms
    assert [release.component for release in kind.releases] == ["libqb", "corosync"]
    assert "lz4-devel" not in kind.build_dependencies
    assert "nss-devel" in kind.build_dependencies


def test_a_node_with_sysv_services_needs_no_systemd() -> None:
    (kind,) = plan_from_facts({"a": node("a", RHEL9, service_manager=ServiceManager.SYSV)}, V317).platforms
    assert "systemd-devel" not in kind.build_dependencies
    assert not kind.platform.systemd


def test_plans_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="no node"):
        plan_from_facts({}, V317)
    with pytest.raises(UsageError, match="not among"):
        plan_from_facts({"a": node("a", DEBIAN)}, V317, BuildInputs(build_node="z"))
    with pytest.raises(RefusedError, match="processor"):
        plan_from_facts({"a": node("a", replace(DEBIAN, arch=""))}, V317)


def test_upstream_versions() -> None:
    assert upstream_version("2:3.1.7-1+deb12u2") == "3.1.7"
    assert upstream_version("1.25") == "1.25"
    assert upstream_version("2.0.6+git1~rc1-3") == "2.0.6"


def test_a_plan_is_a_document() -> None:
    made = plan_from_facts({"a": node("a", DEBIAN)}, V317).to_json()
    assert isinstance(made["kinds"], list)
    assert made["kinds"][0]["build"] == ["libqb 2.0.6", "kronosnet 1.25", "corosync 3.1.7"]
