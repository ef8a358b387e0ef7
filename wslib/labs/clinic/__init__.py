"""The clinic of notebook 07: servers with one real bug each.

patient    what a patient is: a step with a bug, a complaint, a case that tells
patients   the patients
wireshark  what Wireshark says of a recording
"""

from wslib.labs.clinic.patient import Patient
from wslib.labs.clinic.patients import PATIENTS
from wslib.labs.clinic.wireshark import tshark

__all__ = ["PATIENTS", "Patient", "tshark"]
