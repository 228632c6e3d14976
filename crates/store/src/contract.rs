//! The suite that every backend runs. (Being written.)
