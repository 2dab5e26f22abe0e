"""What Alembic runs to bring an audit record to the shape that this version writes."""
