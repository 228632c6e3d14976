//! `near`: places on a sphere.
//! Spec: <https://hl7.org/fhir/R4/location.html#search>.

use fhir::Value;

/// A place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    latitude: f64,
    longitude: f64,
}

/// Metres: the mean radius of the earth.
const RADIUS: f64 = 6_371_008.8;

/// Metres of the units that a distance may have.
const UNITS: [(&str, f64); 5] =
    [("km", 1000.0), ("m", 1.0), ("[mi_i]", 1609.344), ("[ft_i]", 0.3048), ("cm", 0.01)];

/// The place of an element.
pub(crate) fn read(value: Value<'_>) -> Option<Said> {
    let degrees = |name| value.get(name)?.as_number()?.parse().ok();
    Some(Said { latitude: degrees("latitude")?, longitude: degrees("longitude")? })
}

impl Said {
    /// Whether it is not farther away than asked for.
    pub(crate) fn is_near(
        &self,
        latitude: &str,
        longitude: &str,
        distance: &str,
        unit: Option<&str>,
    ) -> bool {
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
        let unit = unit.unwrap_or("km");
        let metres = UNITS.iter().find(|(name, _)| *name == unit).map_or(f64::NAN, |(_, m)| *m);
        self.metres_to(number(latitude), number(longitude)) <= number(distance) * metres
    }

    /// Along a great circle, by the angle between the two directions from the centre.
    fn metres_to(&self, latitude: f64, longitude: f64) -> f64 {
        let direction = |latitude: f64, longitude: f64| {
            let (north, east) = (latitude.to_radians(), longitude.to_radians());
            [north.cos() * east.cos(), north.cos() * east.sin(), north.sin()]
        };
        let (a, b) = (direction(self.latitude, self.longitude), direction(latitude, longitude));
        let cross =
            [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
        let sine = cross.iter().map(|each| each * each).sum::<f64>().sqrt();
        let cosine: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
        RADIUS * sine.atan2(cosine)
    }
}
