//! Questions to a disposition: question sets as data, a replayable engine, a checker, a directory of services.
