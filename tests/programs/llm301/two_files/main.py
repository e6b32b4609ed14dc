# expects: bill at most 0.51
"""Grades all answers of a file."""

from grader import grade

answers = open("questions.txt").read().splitlines()
grades = [grade(answer) for answer in answers]
for answer, mark in zip(answers, grades):
    print(mark, "|", answer)
