//! The whole program, as a process: its commands, and what is left when it is killed.

mod commands;
mod in_process;
mod kill;
mod kill_jobs;
mod logs;
mod process;
