"""The runner drives the real program on a small project; NETFLIX_PROGRAM names it."""

import contextlib
import io
import os
import tempfile
import unittest
from pathlib import Path

from netflix_dbt import Runner, RunnerError

PROFILES = "shop: {target: dev, outputs: {dev: {type: duckdb, path: dev.duckdb, schema: main, threads: 2}}}\n"


class RunnerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("dbt_project.yml", "name: shop\nprofile: shop\n")
        self.write("profiles.yml", PROFILES)
        self.write("models/a.sql", "select 1 as id")
        self.write("models/b.sql", "select nope from {{ ref('a') }}")
        before = os.getcwd()
        os.chdir(self.root)
        self.addCleanup(os.chdir, before)

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def invoke(self, args, callbacks=None, **kwargs):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return Runner(callbacks=callbacks).invoke(args, **kwargs)

    def test_results_have_nodes_statuses_and_times(self):
        result = self.invoke(["run", "--select", "a"])
        self.assertTrue(result.success)
        self.assertIsNone(result.exception)
        self.assertEqual(len(result.result), 1)
        [node] = result.result.results
        self.assertEqual(node.node.unique_id, "model.shop.a")
        self.assertEqual(node.node.config.materialized, "view")
        self.assertEqual((node.status, str(node.status)), ("success", "success"))
        self.assertEqual([phase.name for phase in node.timing], ["compile", "execute"])
        self.assertGreaterEqual(node.timing[1].completed_at, node.timing[0].started_at)
        self.assertGreater(result.result.elapsed_time, 0)

    def test_a_failing_node_is_a_result_and_a_mistake_is_an_exception(self):
        failed = self.invoke(["run"])
        self.assertFalse(failed.success)
        self.assertIsNone(failed.exception)
        self.assertEqual({node.node.name: str(node.status) for node in failed.result}, {"a": "success", "b": "error"})
        self.write("models/c.sql", "select * from {{ ref('missing') }}")
        broken = self.invoke(["run"])
        self.assertIsInstance(broken.exception, RunnerError)
        self.assertIn("'missing' which was not found", str(broken.exception))
        wrong = self.invoke(["run", "--no-such-option"])
        self.assertIn("--no-such-option", str(wrong.exception))

    def test_callbacks_get_every_event_in_order(self):
        seen = []
        self.invoke(["run", "--select", "a"], callbacks=[seen.append])
        names = [event.info.name for event in seen]
        self.assertEqual((names[0], names[-1]), ("MainReportVersion", "CommandCompleted"))
        finished = next(event for event in seen if event.info.name == "NodeFinished")
        self.assertEqual(finished.data.node_info.unique_id, "model.shop.a")
        self.assertEqual(finished.info.level, "debug")
        # The user's own choice for the log is as it was.
        self.assertNotIn('{"data"', (self.root / "logs" / "dbt.log").read_text())

        def refuse(event):
            if event.info.name == "NodeFinished":
                raise ValueError("no")

        with self.assertRaises(ValueError):
            self.invoke(["run", "--select", "a"], callbacks=[refuse])

    def test_lists_parses_and_takes_options_as_keywords(self):
        self.assertEqual(self.invoke(["ls", "--select", "a"]).result, ["shop.a"])
        nodes = self.invoke(["parse"]).result.nodes
        self.assertIn("model.shop.a", nodes)
        self.assertEqual(len(nodes), len(list(nodes.values())))
        self.assertIs(self.invoke(["debug"]).result, True)
        self.assertIs(self.invoke(["debug", "--target", "nowhere"]).result, False)
        shown = self.invoke(["run"], select=["a"], vars={"x": 1}, full_refresh=True)
        self.assertEqual(len(shown.result), 1)
        self.assertEqual(shown.result.args.vars.x, 1)


    def test_freshness_has_results(self):
        self.write(
            "models/sources.yml",
            "sources: [{name: s, database: dev, schema: main, loaded_at_field: 'current_timestamp',"
            " freshness: {warn_after: {count: 1, period: day}}, tables: [{name: a}]}]\n",
        )
        self.invoke(["run", "--select", "a"])
        found = self.invoke(["source", "freshness"])
        self.assertTrue(found.success)
        self.assertEqual([(source.node.name, source.status) for source in found.result], [("a", "pass")])


if __name__ == "__main__":
    unittest.main()
