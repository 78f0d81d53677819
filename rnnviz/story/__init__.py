"""What is shown and said, as data: scenes, frames, sentences, equations."""

from rnnviz.story.scene import build_scene
from rnnviz.story.training import build_training_scene, played_places

__all__ = ["build_scene", "build_training_scene", "played_places"]
