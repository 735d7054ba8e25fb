"""A 503 is no server error where it says that a change is not shown yet, and nowhere else."""

import schemathesis


@schemathesis.check
def only_a_change_not_shown(ctx, response, case):
    if response.status_code == 503:
        assert response.json().get("code") == "change-not-shown", response.text
