"""The audit record: what the page showed, appended to a database and never changed.

Optional: it needs the packages of the extra ``audit``, and is off unless a setting
names a database. It holds no name of a file and nothing of a DICOM header. It draws
nothing.
"""
