"""The plant's processes and their settings: configuration, urls, supervisor, command line. No rules live here."""
