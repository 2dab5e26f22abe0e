"""The revisions of the record; `pneumonia.audit.schema.REVISIONS` lists them."""
