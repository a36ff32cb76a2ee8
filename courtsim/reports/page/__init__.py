"""A report as a page: what it says (`sections`), as parts that any format can set (`content`), written in four (`writers`)."""
