//! Codes that are units: those of health care, each with its base.

use ucum::Unit;

/// As laboratories, wards and devices send them.
#[test]
fn read() {
    let codes = "\
        % /100{WBCs} /[HPF] /[LPF] /d /g /h /kg /L /m2 /m3 /min /mL /mo /s /U /uL /wk /a 1 {score} \
        10*-3/uL 10*12/L 10*3 10*3/L 10*3/mL 10*3/uL 10*4/uL 10*5 10*6 10*6/[HPF] 10*6/kg 10*6/L \
        10*9/L 10*9/mL 10^3/uL 10*+3/ul 10*-6 [APL'U]/mL [arb'U]/mL [beth'U] [car_m] [CFU]/mL \
        [Ch] [cin_i] [degF] [diop] [drp]/min [drp]/[HPF] [fdr_us] [foz_us] [ft_i] [gal_us] [gr] \
        [in_i'H2O] [IU] [IU]/(2.h) [IU]/(kg.h) [IU]/10*9{RBCs} [IU]/mL [iU]/g{Hb} [ka'U] \
        [knk'U]/mL [lb_av] [mclg'U]/dL [MET].min [mi_i] [MPL'U]/mL [oz_av] [pH] [ppb] [ppm] [psi] \
        [pt_us] [qt_us] [sft_i] [sin_i] [syd_i] [tbs_us] [todd'U] [tsp_us] [yd_i] [S] a aA amol \
        amol/{RBC} atm bar Bq By cal cd Cel cg cL cm cm/s cm[H2O] cm[H2O]/L/s cm[H2O]/s/m cm[Hg] \
        cm2 cm2/s cm3 cP cSt d dB deg deg/s dg dL dm dm2/s2 dyn.s/(cm.m2) dyn.s/cm eq eq/L erg eV \
        F fg fL fL/nL fm fmol/mg{cyt_prot} fmol/L G g g.m g.m/{beat} g/(100.g) g/(12.h) g/(kg.h) \
        g/(kg.min) g/(kg.(8.h)) g/{total_output} g/100mL{x} g/[HPF] g/cm2 g/d g/dL g/g{creat} g/kg/d \
        g/m2 g/mL g/mmol{creat} gf Gy H h Hz J J/L K K/W k[IU]/L k[IU]/mL kat kat/kg kat/L kcal \
        kcal/[oz_av] kcal/d kcal/kg/(24.h) kg kg.m/s kg/(s.m2) kg/h kg/L kg/m2 kg/m3 kg/mol kL km \
        kPa ks kU kU/g kU/L{class} L L/(24.h) L/(min.m2) L/kg L/s L/s/s2 lm lm/m2 m m[IU]/L m/s \
        m/s2 m2 m3/s mA mbar mbar/L/s mbar.s/L Mbq MBq mCi meq meq/(24.h) meq/(8.h.kg) meq/dL \
        meq/g{creat} meq/kg/h meq/m2 mg mg/(12.h) mg/{collection} mg/dL mg/dL{RBCs} mg/g{creat} \
        mg/kg/(8.h) mg/m2 mg/mmol mg{FEU}/L mGy min mL mL/(4.h) mL/{beat}/m2 mL/{h'b} mL/cm[H2O] \
        mL/kg/min mL/mm mL/min/{1.73_m2} mL/mbar mL/s mm mm/h mm[Hg] mm2 mmol mmol/(18.h) \
        mmol/dL mmol/g{Hb} mmol/kg/d mmol/L mmol/L/s mmol/m2 mmol/mol mmol/mol{creat} mmol/s/L mo \
        mol mol/kg/s mol/L mol/m3 mosm mosm/kg mosm/L mPa mPa.s ms mS mSv mT mU/g{Hb} mU/mmol{RBCs} \
        mV N N.cm N.s ng ng/(24.h) ng/{RBC} ng/10*6{RBCs} ng/dL/h ng/U ng{FEU}/mL nkat nL nm nm/s/L \
        nmol nmol/(24.h) nmol/10*6{RBCs} nmol/g{dry_wt} nmol/h/mg{prot} nmol/s/L nmol{BCE}/L ns \
        nU/{RBC} Ohm Ohm.m osm osm/kg Pa pA pg pg/{RBC} pg/mL pkat pL pm pmol pmol/min/mg{prot} ps \
        pT s sr St Sv t T Torr{x} U U/(10.g){feces} U/(12.h) U/10*10{cells} U/10*12{RBCs} U/g{Hb} U/L \
        U/min U/s u[IU] u[IU]/mL ueq/L ug ug/(24.h) ug/{specimen} ug/[sft_i] ug/kg/h ug/L{DDU} \
        ug/mg{creat} ug/min ug{FEU}/mL ukat um um/s umol umol/(8.h) umol/dL{GF} umol/mg/min uOhm us \
        uV V Wb wk 24.h 12.g (((((m))))) /(m.s2).g {a}/{b} m{a.b/c(d} 10*3{x}/(uL{y}) K[x]";
    // Three of them are what people write and UCUM has not.
    let known_wrong = ["g/100mL{x}", "Mbq", "Torr{x}", "K[x]"];
    for code in codes.split_whitespace() {
        let read = Unit::parse(code);
        assert_eq!(read.is_err(), known_wrong.contains(&code), "{code}: {:?}", read.err());
    }
}

#[test]
fn bases() {
    for (code, base) in [
        ("1", "1"),
        ("mg/dL", "g.m-3"),
        ("g/m3", "g.m-3"),
        ("m-3.g", "g.m-3"),
        ("kg.m/s2", "g.m.s-2"),
        ("N", "g.m.s-2"),
        ("m/m", "1"),
        ("Ohm", "C-2.g.m2.s-1"),
        ("lm", "cd.rad2"),
        ("[IU]", "[iU]"),
        ("[iU]/[IU]", "1"),
        ("[CFU]/mL", "[CFU].m-3"),
        ("[arb'U].[CFU]", "[CFU].[arb'U]"),
        ("Cel", "K"),
        ("mCel{skin}", "K"),
        ("10.Cel", "K"),
        ("dB[SPL]", "B[SPL]"),
        ("/min", "s-1"),
        ("%{Negative Control}", "1"),
        ("m2/s2.s/m", "m.s-1"),
    ] {
        let unit = Unit::parse(code).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert_eq!(&*unit.canonical().base, base, "{code}");
        assert_eq!(unit.code(), code);
    }
}
