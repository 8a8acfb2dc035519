"""The one-pass engine: one decode, many sinks; knows no job, item or archive."""
