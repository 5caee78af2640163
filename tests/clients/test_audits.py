"""The audits of GraphQL over HTTP: each is a rule of our own tests, and the published suite finds nothing.

https://github.com/graphql/graphql-http/tree/main/src/audits
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.graphql import test_http
from tests.serving.product import product_in
from tests.serving.running import LONG

MEDIA_TYPES = test_http.test_the_answer_has_the_media_type_that_the_client_prefers
NO_ACCEPT = test_http.test_a_client_that_says_nothing_gets_plain_json_in_utf_8
DECLARED_UTF_8 = test_http.test_json_is_read_in_utf_8_only
UNDECLARED_UTF_8 = test_http.test_a_body_without_a_charset_is_read_in_utf_8
BY_GET = test_http.test_a_query_may_be_sent_by_get
MUTATION_BY_GET = test_http.test_a_mutation_by_get_is_not_executed
NO_CONTENT_TYPE = test_http.test_a_post_without_a_content_type_is_refused
RIGHT_TYPE = test_http.test_parameters_of_the_right_type_are_taken
WRONG_TYPE = test_http.test_a_parameter_of_the_wrong_type_is_refused
NULL = test_http.test_a_parameter_that_is_null_counts_as_absent
NO_QUERY = test_http.test_a_request_without_a_query_is_refused
NO_JSON = test_http.test_a_body_that_is_not_json_in_utf_8_is_refused
VARIABLES_BY_GET = test_http.test_variables_come_in_the_query_string_as_json
CANNOT_RUN = test_http.test_a_document_that_cannot_run_is_a_bad_request_only_to_clients_of_the_newer_type

OUR_TESTS = {
    MEDIA_TYPES: "22EB 4655 47DE 2C94 34A2 13EE",
    NO_ACCEPT: "80D8 82A3",
    DECLARED_UTF_8: "BF61",
    UNDECLARED_UTF_8: "78D5",
    BY_GET: "5A70",
    MUTATION_BY_GET: "9C48",
    NO_CONTENT_TYPE: "9ABE",
    RIGHT_TYPE: "03D4 8161 B8B3 2EA1 28B9 428F 1B7A",
    WRONG_TYPE: "LKJ0 LKJ1 LKJ2 LKJ3 6C00 6C01 6C02 6C03 4760 4761 4762 4763 58B0 58B1 58B2 58B3",
    NULL: "94B0 0220 94B1 0221 94B2 0222",
    NO_QUERY: "423L 8764 3E3A",
    NO_JSON: "A5BF B6DC BCF8 B7N8",
    VARIABLES_BY_GET: "D6D5 6A70",
    CANNOT_RUN: "572B FDE2 7B9B 865D 556A D586 51FE 74FF 5E5B 86EE",
}
"""Our tests with the ids of the audits that each of them makes sure of."""
COVERED = " ".join(OUR_TESTS.values()).split()


def test_each_of_the_61_audits_is_a_rule_of_one_test_of_ours() -> None:
    assert len(COVERED) == len(set(COVERED)) == 61


@pytest.mark.clients
async def test_the_published_audits_find_nothing_and_are_the_ones_that_we_know(
    npm_folder: Path, migrated_template: Path, tmp_path: Path
) -> None:
    async with product_in(tmp_path, migrated_template, patience=LONG, introspection=True) as (server, _):
        process = await asyncio.create_subprocess_exec(
            "node", str(npm_folder / "audits.mjs"), server.url, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()

    audits: list[dict[str, Any]] = [json.loads(line) for line in output.splitlines()]
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert {audit["id"] for audit in audits} == set(COVERED)
