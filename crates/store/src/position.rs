//! Places as points of the unit sphere, so that nearness is a matter of sums and products.

/// The point (x, y, z) of a place, given in radians north and east.
pub fn of(latitude: f64, longitude: f64) -> [f64; 3] {
    let across = latitude.cos();
    [across * longitude.cos(), across * longitude.sin(), latitude.sin()]
}
