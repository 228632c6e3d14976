//! How many typical ADT A01 messages a second one core maps: `cargo run --release -p mapping
//! --example speed`.

use std::hint::black_box;
use std::time::Instant;

use mapping::{FeedProfile, Mappings, fold, map_hl7};

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MESSAGE: &[u8] = b"MSH|^~\\&|PAS|ZZL|ROUTE|ROUTE|20250310142000||ADT^A01^ADT_A01|ZZL-0000012-0003|P|2.4|||||GBR|UNICODE|EN||iTKv1.0\rEVN|A01|20250310142000|||ZZL-U104^Okafor^Grace^^^Ms|20250310141500\rPID|1||9990000050^^^NHS^NH~L1000042^^^ZZL^MR||SHAH^Amina^Noor^^Mrs^^L~PATEL^Amina^^^^^M||19580214|2||A|14 Hope Street^^Liverpool^Merseyside^L1 9XQ^GBR^H||01514960123^PRN^PH~07700900123^PRN^CP||en|M||||||H|||||||||N||01\rPD1|||Hope Street Surgery^^Z91001|G9100101^Reid^Fiona^^^Dr^^^GMP\rNK1|1|SHAH^Imran^^^Mr^^L|01^Spouse^NHS|14 Hope Street^^Liverpool^Merseyside^L1 9XQ^GBR^H|07700900456\rPV1|1|I|W07^BAY2^BED3^ZZL01|21|||C9100007^Hughes^Rhian^^^Dr^^^GMC|G9100101^Reid^Fiona^^^Dr^^^GMP|C9100007^Hughes^Rhian^^^Dr^^^GMC|300||||19|||C9100007^Hughes^Rhian^^^Dr^^^GMC||V00000123^^^ZZL^VN|||||||||||||||||||||||||20250310141500\rPV2|||J18.9^Pneumonia, unspecified^ICD10\rAL1|1|DA|91936005^Allergy to penicillin^SCT|SV|Rash|20090402\rDG1|1||J18.9^Pneumonia, unspecified^ICD10||20250310|A\rZU1|20250310141500||||||||||||||\rZU8|Z|1|No\r";

fn main() {
    let started = Instant::now();
    let mappings = Mappings::embedded();
    println!("rules compiled in {:?}", started.elapsed());
    let profile = FeedProfile::new("lvp-hospital");
    let count = 20_000_u32;
    let mut values = 0;
    let started = Instant::now();
    for _ in 0..count {
        let message = hl7v2::Message::parse(MESSAGE).expect("the message is sound");
        let mapped = map_hl7(mappings, &profile, black_box(&message));
        values = mapped.contributions.iter().map(|c| c.traces.len()).sum();
        black_box(mapped);
    }
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    println!("{rate:.0} messages/s parsed and mapped, {values} values each, one thread");

    let message = hl7v2::Message::parse(MESSAGE).expect("the message is sound");
    let mapped = map_hl7(mappings, &profile, &message);
    let states: Vec<_> = mapped.contributions.iter().filter_map(|c| fold(None, c, 1)).collect();
    let started = Instant::now();
    for _ in 0..count {
        for (contribution, (element, traces)) in mapped.contributions.iter().zip(&states) {
            black_box(fold(Some((element, traces)), contribution, 2));
        }
    }
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    println!("{rate:.0} messages/s folded into known resources, one thread");
}
