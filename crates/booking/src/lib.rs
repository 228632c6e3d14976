//! Appointments: sessions and slots, who may see and book them, release, queue, waiting list, messages and calendar files.
