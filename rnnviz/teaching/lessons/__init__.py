"""The lecture as lessons: paragraphs in its order, each locked to a frame of the stage."""

from rnnviz.teaching.lessons.chapters import LESSONS, LONGEST, fits, lesson, lesson_scene, misfit_sentence
from rnnviz.teaching.lessons.model import Lesson, Paragraph, Setting

__all__ = ["LESSONS", "LONGEST", "Lesson", "Paragraph", "Setting", "fits", "lesson", "lesson_scene", "misfit_sentence"]
