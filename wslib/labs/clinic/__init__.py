"""The clinic of notebook 07: servers with one real bug each.

patient    what a patient is: a step with a bug, a complaint, a case that tells
patients   the patients
"""

from wslib.labs.clinic.patient import Patient
from wslib.labs.clinic.patients import PATIENTS

__all__ = ["PATIENTS", "Patient"]
