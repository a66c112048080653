"""Somebody calls from a number that several patients share: whose the conversation is, is known later or never"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0006"
branch_labels = None
depends_on = None

_CHECKS = {
    "attempts": ("unidentified_is_inbound", "patient_id is not null or (direction = 'inbound' and contact_id is null)"),
    "conversations": ("unidentified_has_no_contact", "patient_id is not null or contact_id is null"),
    "requests": ("comes_from_somewhere", "patient_id is not null or conversation_id is not null"),
}


def upgrade() -> None:
    for table, (name, condition) in _CHECKS.items():
        op.alter_column(table, "patient_id", existing_type=sa.Uuid(), nullable=True)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    for table, (name, _) in _CHECKS.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.alter_column(table, "patient_id", existing_type=sa.Uuid(), nullable=False)
