"""The entries of the glossary, a module for each subject; ``rnnviz.story.glossary`` reads and finds them."""
