"""The report: tables and figures of graded records in one self-contained HTML page.

Frames are computed first (`report_frames`), drawn afterwards (`render`); nothing here decides a grade.
"""

from becalm.report.frames import ReportFrames, check_choices, report_frames
from becalm.report.intervals import interval_table
from becalm.report.page import render, write_report

__all__ = ["ReportFrames", "check_choices", "interval_table", "render", "report_frames", "write_report"]
