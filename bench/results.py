"""RESULTS.md: every benchmark writes its own sections, and leaves those of the others as they are."""
import os

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "RESULTS.md")


def read_sections():
    """What stands before the first heading, and the sections as {heading: text with the heading}."""
    with open(PATH, encoding="utf-8") as file:
        first, *rest = file.read().split("\n## ")
    return first.rstrip() + "\n", {one.partition("\n")[0]: "## " + one.rstrip() + "\n" for one in rest}


def write_section(heading, lines):
    """In the place of what it said before, or at the end."""
    first, sections = read_sections()
    sections[heading] = "\n".join(["## " + heading, "", *lines]).rstrip() + "\n"
    with open(PATH, "w", encoding="utf-8") as file:
        file.write("\n".join([first, *sections.values()]))
    print("written: bench/RESULTS.md")
