"""One reader each: reads the artifacts of the project in the working directory and prints a row per thing read.

Run by readers.py inside the reader's own environment; READER_EXE is the program that wrote the artifacts.
"""
import collections
import contextlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

TARGET = Path("target")
EXE = json.loads(os.environ["READER_EXE"])
NAME = sys.argv[1]
VERSION = importlib.metadata.version(NAME)


def row(read, result, ok=True):
    print("ROW: " + json.dumps({"version": VERSION, "read": read, "result": result, "ok": ok}), flush=True)


def load(name):
    return json.loads((TARGET / name).read_text())


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, text=True, **more)
    print(done.stdout, done.stderr, sep="\n")
    return done


@contextlib.contextmanager
def only_dbts_keys():
    """The project file without `dialect`, a key of ours that dbt itself refuses."""
    file = Path("dbt_project.yml")
    text = file.read_text()
    file.write_text("".join(line for line in text.splitlines(keepends=True) if not line.startswith("dialect:")))
    try:
        yield
    finally:
        file.write_text(text)


def imposter(folder):
    """A folder in which our program goes by the name of dbt, for readers that call it by name."""
    folder.mkdir(exist_ok=True)
    script = folder / "dbt"
    script.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in EXE) + ' "$@"\n')
    script.chmod(0o755)
    return script.resolve()


def jsonschema():
    """dbt publishes the schemas that its classes give, so they are asked for them."""
    import jsonschema
    from dbt.artifacts.schemas.catalog import CatalogArtifact
    from dbt.artifacts.schemas.freshness import FreshnessExecutionResultArtifact
    from dbt.artifacts.schemas.manifest import WritableManifest
    from dbt.artifacts.schemas.run import RunResultsArtifact

    for name, kind in (("manifest.json", WritableManifest), ("run_results.json", RunResultsArtifact),
                       ("catalog.json", CatalogArtifact), ("sources.json", FreshnessExecutionResultArtifact)):
        validator = jsonschema.Draft202012Validator(kind.json_schema())
        errors = list(validator.iter_errors(load(name)))
        for error in errors[:20]:
            print("/".join(map(str, error.absolute_path)), error.message[:300])
        row(name, f"{len(errors)} errors against dbt's schema", not errors)


def dbt_core():
    """Reads everything with dbt's own classes, then takes the folder as the state of a run of dbt itself."""
    from dbt.artifacts.schemas.catalog import CatalogArtifact
    from dbt.artifacts.schemas.freshness import FreshnessExecutionResultArtifact
    from dbt.artifacts.schemas.manifest import WritableManifest
    from dbt.artifacts.schemas.run import RunResultsArtifact

    manifest = WritableManifest.read_and_check_versions("target/manifest.json")
    row("manifest.json", f"{len(manifest.nodes)} nodes, {len(manifest.sources)} sources, {len(manifest.macros)} macros")
    results = RunResultsArtifact.read_and_check_versions("target/run_results.json")
    row("run_results.json", f"{len(results.results)} results")
    row("catalog.json", f"{len(CatalogArtifact.read_and_check_versions('target/catalog.json').nodes)} relations")
    sources = FreshnessExecutionResultArtifact.read_and_check_versions("target/sources.json")
    row("sources.json", f"{len(sources.results)} sources")
    with only_dbts_keys():
        ask_dbt(manifest)


def ask_dbt(manifest):
    """dbt's own commands with our artifacts as their state."""
    state = ["--state", "target-base", "--quiet"]
    every = run("dbt", "ls", "--quiet", "--target-path", "target-dbt")
    # Built-in macros have a text of their own in each program, so `state:modified` is asked for by its parts.
    for method in ("new", "modified.body", "modified.configs", "modified.persisted_descriptions",
                   "modified.relation", "modified.contract"):
        done = run("dbt", "ls", "--select", f"state:{method}", "--target-path", "target-dbt", *state)
        found = [line for line in done.stdout.splitlines() if line.strip()]
        row("`dbt ls --state`", f"`state:{method}`: {len(found)} of {len(every.stdout.splitlines())}",
            done.returncode == 0 and not found)
    unchanged = run("dbt", "ls", "--select", "state:unmodified", "--target-path", "target-dbt", *state)
    row("`dbt ls --state`", f"`state:unmodified`: {len(unchanged.stdout.splitlines())}", unchanged.returncode == 0)
    some = next(node.name for node in manifest.nodes.values()
                if node.resource_type == "model" and any(p.startswith("model.") for p in node.depends_on.nodes))
    done = run("dbt", "compile", "--select", some, "--defer", "--target-path", "target-dbt", *state)
    row("`dbt compile --defer`", f"{some}: exit {done.returncode}", done.returncode == 0)
    done = run("dbt", "ls", "--select", "result:success", "--target-path", "target-dbt", *state)
    row("`dbt ls --state`", f"`result:success`: {len(done.stdout.splitlines())}", done.returncode == 0)
    done = run("dbt", "retry", "--state", "target-base", "--target-path", "target-dbt")
    row("`dbt retry --state`", f"exit {done.returncode}", done.returncode == 0)


def dbt_semantic_interfaces():
    from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
    from dbt_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator

    manifest = PydanticSemanticManifest.parse_raw((TARGET / "semantic_manifest.json").read_text())
    if not manifest.semantic_models and not manifest.metrics:
        # dbt does not ask the validator about a project without them.
        return row("semantic_manifest.json", "read; the project has no semantic models")
    issues = SemanticManifestValidator[PydanticSemanticManifest]().validate_semantic_manifest(manifest)
    row("semantic_manifest.json", f"{len(manifest.semantic_models)} semantic models, {len(manifest.metrics)} metrics, "
        f"{len(issues.errors)} errors", not issues.errors)


def dbt_artifacts_parser():
    from dbt_artifacts_parser import parser

    content = load("manifest.json")
    # The parser knows dbt 1.11's fields; this one came with 1.12 and stands in dbt's own manifests too.
    dimensions = [dimension for model in content["semantic_models"].values() for dimension in model["dimensions"]]
    newer = sum("datatype" in dimension for dimension in dimensions)
    for dimension in dimensions:
        dimension.pop("datatype", None)
    manifest = parser.parse_manifest_v12(content)
    note = f", without {newer} fields `datatype` of dbt 1.12 that it does not know" if newer else ""
    row("manifest.json", f"v12, {len(manifest.nodes)} nodes{note}")
    results = parser.parse_run_results_v6(load("run_results.json"))
    row("run_results.json", f"v6, {len(results.results)} results")
    row("catalog.json", f"v1, {len(parser.parse_catalog_v1(load('catalog.json')).nodes)} relations")
    row("sources.json", f"v3, {len(parser.parse_sources_v3(load('sources.json')).results)} sources")


def astronomer_cosmos():
    os.environ["AIRFLOW_HOME"] = str(Path("airflow").resolve())
    from cosmos import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
    from cosmos.constants import InvocationMode, LoadMode
    from cosmos.dbt.graph import DbtGraph

    profile = load_profile()
    by_method = {}
    for method in (LoadMode.DBT_MANIFEST, LoadMode.DBT_LS):
        graph = DbtGraph(
            project=ProjectConfig(manifest_path=TARGET / "manifest.json", project_name=Path.cwd().name),
            render_config=RenderConfig(load_method=method, dbt_project_path=Path.cwd(), dbt_executable_path=imposter(Path("imposter")),
                                       invocation_mode=InvocationMode.SUBPROCESS, dbt_deps=False),
            execution_config=ExecutionConfig(dbt_project_path=Path.cwd(), dbt_executable_path=imposter(Path("imposter"))),
            profile_config=ProfileConfig(profile_name=profile[0], target_name=profile[1],
                                         profiles_yml_filepath=Path("profiles.yml").resolve()))
        graph.load(method=method)
        by_method[method] = set(graph.filtered_nodes)
        kinds = collections.Counter(node.resource_type.value for node in graph.filtered_nodes.values())
        row(f"`{method.value}`", ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())), bool(kinds))
    both = by_method[LoadMode.DBT_MANIFEST] ^ by_method[LoadMode.DBT_LS]
    print(sorted(both))
    # dbt: analyses stand in the manifest, but are listed only where they are asked for.
    only = [name for name in both if not name.startswith(("analysis", "exposure", "metric", "semantic", "saved", "unit_test"))]
    row("both", f"the two ways differ in {len(only)} nodes", not only)


def load_profile():
    """The profile's name and its target, as the readers want them said."""
    import yaml

    profile = yaml.safe_load(Path("dbt_project.yml").read_text())["profile"]
    return profile, yaml.safe_load(Path("profiles.yml").read_text())[profile]["target"]


def dagster_dbt():
    from dagster import AssetCheckEvaluation, AssetCheckResult, Output, AssetMaterialization, materialize
    from dagster_dbt import DbtCliResource, build_dbt_asset_specs, dbt_assets

    specs = build_dbt_asset_specs(manifest=TARGET.resolve() / "manifest.json")
    row("manifest.json", f"{len(list(specs))} asset specs", bool(specs))

    @dbt_assets(manifest=TARGET.resolve() / "manifest.json")
    def assets(context, dbt: DbtCliResource):
        yield from dbt.cli(["build"], context=context).stream()

    dbt = DbtCliResource(project_dir=str(Path.cwd()), profiles_dir=str(Path.cwd()),
                         dbt_executable=str(imposter(Path("imposter"))))
    result = materialize([assets], resources={"dbt": dbt})
    made = len(result.get_asset_materialization_events())
    checks = result.get_asset_check_evaluations()
    passed = sum(check.passed for check in checks)
    row("log lines of `build`", f"{made} assets materialised, {passed} of {len(checks)} checks passed",
        result.success and made > 0 and passed == len(checks))
    invocation = dbt.cli(["ls"], manifest=TARGET.resolve() / "manifest.json").wait()
    row("`ls`", f"successful: {invocation.is_successful()}", invocation.is_successful())
    results = dbt.cli(["parse"], manifest=TARGET.resolve() / "manifest.json").wait().get_artifact("manifest.json")
    row("`get_artifact`", f"{len(results['nodes'])} nodes")


def recce():
    with only_dbts_keys():
        done = run("recce", "run", "--target-path", "target", "--target-base-path", "target-base", "--output", "recce.json",
                   env=dict(os.environ, RECCE_ANONYMOUS_TRACKING="0"))
    state = json.loads(Path("recce.json").read_text())
    counts = []
    for side in ("base", "current"):
        artifacts = state["artifacts"][side]
        counts.append(f"{side} {len(artifacts['manifest']['nodes'])} nodes, {len(artifacts['catalog']['nodes'])} relations")
    row("manifest.json, catalog.json", "; ".join(counts), done.returncode == 0)


def elementary_data():
    """elementary's dbt package has written its tables while our program ran; its reader asks for them by dbt."""
    os.environ["PATH"] = f"{imposter(Path('imposter')).parent}{os.pathsep}{os.environ['PATH']}"
    from elementary.clients.dbt.subprocess_dbt_runner import SubprocessDbtRunner
    from elementary.monitor import dbt_project_utils
    from elementary.monitor.fetchers.models.models import ModelsFetcher
    from elementary.monitor.fetchers.tests.tests import TestsFetcher

    # The command line tool brings macros of its own, which it runs as a project with the package in it.
    own = Path("edr")
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(dbt_project_utils.CLI_DBT_PROJECT_PATH, own)
    local = next(line for line in Path("packages.yml").read_text().splitlines() if "elementary" in line)
    (own / "packages.yml").write_text(f"packages:\n{local}\n")
    (own / "package-lock.yml").unlink(missing_ok=True)
    import yaml
    profile, target = load_profile()
    output = yaml.safe_load(Path("profiles.yml").read_text())[profile]["outputs"][target]
    file = next(path for path in Path.cwd().glob("*.duckdb"))
    schemas = {node["schema"] for node in load("manifest.json")["nodes"].values() if node["package_name"] == "elementary"
               and node["resource_type"] == "model"}
    output.update(path=str(file), schema=sorted(schemas)[0])
    Path("edr/profiles.yml").write_text(yaml.safe_dump({"elementary": {"target": "x", "outputs": {"x": output}}}))
    runner = SubprocessDbtRunner(str(own), profiles_dir=str(own), force_dbt_deps=True)
    models = ModelsFetcher(runner).get_models()
    row("dbt_models", f"{len(models)} models", bool(models))
    runs = ModelsFetcher(runner).get_models_runs()
    row("dbt_run_results", f"{len(runs)} runs of models", bool(runs))
    tests = TestsFetcher(runner).get_all_test_results_db_rows(days_back=7)
    row("elementary_test_results", f"{len(tests)} test results", bool(tests))


def openlineage_dbt():
    imposter_path = imposter(Path("imposter")).parent
    profile = load_profile()
    done = run("dbt-ol", "--consume-structured-logs", "build", "--target", profile[1],
               env=dict(os.environ, PATH=f"{imposter_path}{os.pathsep}{os.environ['PATH']}",
                        OPENLINEAGE__TRANSPORT__TYPE="file", OPENLINEAGE__TRANSPORT__LOG_FILE_PATH="lineage.jsonl",
                        OPENLINEAGE__TRANSPORT__APPEND="true"))
    events = collections.Counter(json.loads(line)["eventType"] for line in Path("lineage.jsonl").read_text().splitlines())
    row("log file and manifest.json of `build`", ", ".join(f"{n} {k}" for k, n in sorted(events.items())),
        done.returncode == 0 and events["COMPLETE"] > 0)


def dbt_coverage():
    done = run("dbt-coverage", "compute", "doc", "--cov-report", "coverage.json")
    report = json.loads(Path("coverage.json").read_text())
    row("manifest.json, catalog.json", f"{len(report['tables'])} tables, {report['total']} columns", done.returncode == 0)


def dbt_colibri():
    done = run("colibri", "generate", "--output-dir", "colibri", "--disable-telemetry")
    edges = len(json.loads(Path("colibri/colibri-manifest.json").read_text())["lineage"]["edges"])
    row("manifest.json, catalog.json", f"{edges} edges of columns and nodes", done.returncode == 0 and bool(edges))


def dbt_bouncer():
    Path("dbt-bouncer.yml").write_text(
        "dbt_artifacts_dir: target\nmanifest_checks:\n  - name: check_model_names\n    model_name_pattern: ^[a-z0-9_]+$\n"
        "catalog_checks:\n  - name: check_columns_are_all_documented\n    severity: warn\n"
        "run_results_checks:\n  - name: check_run_results_max_execution_time\n    max_execution_time_seconds: 600\n")
    done = run("dbt-bouncer", "run", "--config-file", "dbt-bouncer.yml", "--output-file", "bouncer.json")
    checks = json.loads(Path("bouncer.json").read_text())
    row("manifest.json, catalog.json, run_results.json", f"{len(checks)} checks ran", done.returncode == 0 and bool(checks))


if __name__ == "__main__":
    globals()[NAME.replace("-", "_")]()
