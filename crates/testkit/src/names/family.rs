//! Family names by heritage, most frequent first.

use super::Heritage;

/// The list of a heritage.
pub(super) fn stock(heritage: Heritage) -> &'static [&'static str] {
    match heritage {
        Heritage::British => BRITISH,
        Heritage::Welsh => WELSH,
        Heritage::Irish => IRISH,
        Heritage::MuslimSouthAsian => MUSLIM_SOUTH_ASIAN,
        Heritage::Indian => INDIAN,
        Heritage::Polish => POLISH,
        Heritage::European => EUROPEAN,
        Heritage::WestAfrican => WEST_AFRICAN,
        Heritage::Caribbean => CARIBBEAN,
        Heritage::Chinese => CHINESE,
        Heritage::Arab => ARAB,
    }
}

/// Every list.
#[cfg(test)]
pub(super) fn lists() -> impl Iterator<Item = &'static [&'static str]> {
    ALL.iter().copied()
}

/// Every name.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    ALL.iter().flat_map(|list| list.iter().copied())
}

#[cfg(test)]
const ALL: &[&[&str]] = &[
    BRITISH,
    WELSH,
    IRISH,
    MUSLIM_SOUTH_ASIAN,
    INDIAN,
    POLISH,
    EUROPEAN,
    WEST_AFRICAN,
    CARIBBEAN,
    CHINESE,
    ARAB,
];

#[rustfmt::skip]
const BRITISH: &[&str] = &[
    "Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Robinson",
    "Wright", "Thompson", "Evans", "Walker", "White", "Roberts", "Green", "Hall", "Wood", "Jackson",
    "Clarke", "Clark", "Harris", "Lewis", "Turner", "Hill", "Cooper", "Ward", "Morris", "Moore",
    "Lee", "King", "Baker", "Harrison", "Morgan", "Allen", "James", "Scott", "Watson", "Parker",
    "Bennett", "Phillips", "Price", "Young", "Griffiths", "Mitchell", "Cook", "Cox", "Shaw",
    "Richardson", "Carter", "Collins", "Bell", "Bailey", "Hughes", "Richards", "Marshall", "Mason",
    "Webb", "Simpson", "Rogers", "Ellis", "Adams", "Foster", "Chapman", "Stevens", "Hunt", "Gibson",
    "Mills", "Palmer", "Matthews", "Reynolds", "Holmes", "Barnes", "Knight", "Powell", "Fletcher",
    "Barker", "Pearson", "Butler", "Russell", "Rose", "Lloyd", "Dixon", "Fisher", "Harvey", "Gray",
    "Grant", "Graham", "Stone", "Walsh", "Wells", "Woods", "Andrews", "Saunders", "Hart", "Payne",
    "Ford", "West", "Day", "Lawrence", "Pearce", "Cole", "Dean", "Hudson", "Burton", "Spencer",
    "Arnold", "Watts", "Francis", "Perry", "Carr", "Stephens", "Armstrong", "Cunningham", "Bradley",
    "Hawkins", "Elliott", "Lane", "Newman", "Atkinson", "Rowe", "Barrett", "Austin", "Hewitt",
    "Kirby", "Page", "Porter", "Berry", "Johnston", "Lowe", "Sutton", "Gardner", "Bishop", "Oliver",
    "Willis", "Sharp", "Long", "Burns", "Dawson", "Nicholls", "Booth", "Banks", "Fox", "Bird",
    "Parsons", "Sharpe", "Hancock", "Goodwin", "Kemp", "Gilbert", "Marsh", "Field", "Osborne",
    "Bates", "Poole", "Winter", "Frost", "Bird-Hughes", "Skinner", "Thorpe", "Nash", "Peacock",
    "Hardy", "Norris", "Haynes", "Brookes", "Brooks", "Bull", "Cross", "Dale", "Farmer", "Godfrey",
    "Gould", "Hayward", "Heath", "Hodgson", "Hopkins", "Ingram", "Jarvis", "Kent", "Kettle",
    "Lamb", "Leach", "Little", "Manning", "Middleton", "Moss", "Naylor", "Nelson", "Parry", "Pope",
    "Potter", "Preston", "Pritchard", "Quick", "Ramsey", "Reeves", "Riley", "Rowley", "Sanders",
    "Savage", "Shepherd", "Short", "Slater", "Steele", "Stokes", "Summers", "Swift", "Tanner",
    "Tucker", "Tyler", "Underwood", "Vaughan", "Vincent", "Wade", "Walton", "Warren", "Weston",
    "Wheeler", "Wilkins", "Wilkinson", "Woodward", "Wyatt", "Yates", "Ashworth", "Birch", "Blythe",
    "Bradshaw", "Clegg", "Crompton", "Duckworth", "Entwistle", "Fairclough", "Garside", "Greenhalgh",
    "Haslam", "Holt", "Kershaw", "Livesey", "MacDonald", "McKenzie", "Campbell", "Stewart",
    "Robertson", "Anderson", "Murray", "Reid", "Fraser", "Ross", "Henderson", "Paterson", "Cameron",
    "Ferguson", "McGregor", "Smith-Jones", "Taylor-Brown", "Carter-Webb", "Fitzgerald-Moore",
];
#[rustfmt::skip]
const WELSH: &[&str] = &[
    "Jones", "Williams", "Davies", "Evans", "Thomas", "Roberts", "Lewis", "Hughes", "Morgan",
    "Griffiths", "Edwards", "Owen", "James", "Rees", "Jenkins", "Price", "Morris", "Richards",
    "Lloyd", "Phillips", "Parry", "Powell", "Howells", "Llewellyn", "Pugh", "Bowen", "Prosser",
    "Vaughan", "Gwynne", "Probert", "Ellis", "Humphreys", "Bevan", "Cadwallader", "Tudor",
    "Bebb", "Gittins", "ap Rhys", "Wynne", "Meredith",
];
#[rustfmt::skip]
const IRISH: &[&str] = &[
    "Murphy", "Kelly", "O'Sullivan", "Walsh", "O'Brien", "Byrne", "Ryan", "O'Connor", "O'Neill",
    "O'Reilly", "Doyle", "McCarthy", "Gallagher", "Doherty", "Kennedy", "Lynch", "Murray", "Quinn",
    "Moore", "McLaughlin", "Carroll", "Connolly", "Daly", "Connell", "Wilson", "Dunne", "Brennan",
    "Burke", "Collins", "Campbell", "Clarke", "Johnston", "Hughes", "O'Farrell", "Fitzgerald",
    "Brown", "Martin", "Maguire", "Nolan", "Flynn", "Thompson", "O'Callaghan", "O'Donnell", "Duffy",
    "O'Mahony", "Boyle", "Healy", "O'Shea", "White", "Sweeney", "Hayes", "Kavanagh", "Power",
    "McGrath", "Moran", "Brady", "Ní Bhriain", "Ó Súilleabháin", "Mac Giolla",
];
#[rustfmt::skip]
const MUSLIM_SOUTH_ASIAN: &[&str] = &[
    "Khan", "Ahmed", "Hussain", "Ali", "Begum", "Akhtar", "Shah", "Mahmood", "Iqbal", "Malik",
    "Mohammed", "Miah", "Uddin", "Bibi", "Rahman", "Islam", "Chowdhury", "Choudhury", "Mirza",
    "Qureshi", "Butt", "Sheikh", "Siddiqui", "Raza", "Aslam", "Rashid", "Hassan", "Saleem",
    "Javed", "Yousaf", "Anwar", "Bashir", "Nawaz", "Riaz", "Sultana", "Haque", "Hoque", "Karim",
    "Latif", "Mian", "Parveen", "Rafiq", "Sarwar", "Tariq", "Zaman", "Ashraf", "Baig", "Dar",
    "Farooq", "Ghani", "Hameed", "Jamil", "Kausar", "Majid", "Nadeem", "Rehman", "Sadiq", "Wahid",
];
#[rustfmt::skip]
const INDIAN: &[&str] = &[
    "Patel", "Singh", "Kaur", "Shah", "Sharma", "Gill", "Sandhu", "Dhillon", "Kumar", "Desai",
    "Mistry", "Joshi", "Mehta", "Gupta", "Verma", "Reddy", "Nair", "Menon", "Iyer", "Rao", "Bains",
    "Sidhu", "Grewal", "Johal", "Chauhan", "Parmar", "Solanki", "Thakrar", "Varghese", "Thomas",
    "Mathew", "Kurian", "D'Souza", "Fernandes", "Pillai", "Krishnan", "Subramanian", "Bhatt",
    "Chopra", "Kapoor", "Malhotra", "Banerjee", "Mukherjee", "Das", "Ghosh", "Lal", "Rai", "Sahota",
    "Virdee", "Bhogal",
];
#[rustfmt::skip]
const POLISH: &[&str] = &[
    "Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kowalczyk", "Kamiński", "Lewandowski",
    "Zieliński", "Szymański", "Woźniak", "Dąbrowski", "Kozłowski", "Jankowski", "Mazur",
    "Kwiatkowski", "Krawczyk", "Piotrowski", "Grabowski", "Pawłowski", "Zając", "Król", "Wieczorek",
    "Jabłoński", "Wróbel", "Majewski", "Olszewski", "Stępień", "Malinowski", "Jaworski", "Adamczyk",
    "Dudek", "Nowicki", "Pawlak", "Górski", "Witkowski", "Sikora", "Baran", "Rutkowski",
    "Michalak", "Szewczyk", "Ostrowski", "Tomaszewski", "Zalewski", "Wróblewski", "Jasiński",
    "Marciniak", "Sadowski", "Duda", "Bąk", "Włodarczyk",
];
#[rustfmt::skip]
const EUROPEAN: &[&str] = &[
    "Popescu", "Ionescu", "Popa", "Dumitrescu", "Stan", "Gheorghe", "Rusu", "Munteanu", "Matei",
    "Constantinescu", "Silva", "Santos", "Ferreira", "Pereira", "Oliveira", "Costa", "Gonçalves",
    "García", "Fernández", "Rodríguez", "Martínez", "López", "Núñez", "Ibáñez", "Rossi", "Russo",
    "Esposito", "Bianchi", "Novák", "Svoboda", "Dvořák", "Procházka", "Müller", "Schneider",
    "Weiß", "Yılmaz", "Kaya", "Demir", "Şahin", "Horváth", "Nagy", "Kovács", "Jensen", "Sørensen",
    "Andersson", "Petrov", "Ivanova", "Papadopoulos", "Georgiou", "van der Berg", "de Vries",
    "Kazlauskas", "Bērziņš", "Shevchenko", "Bondarenko", "Kovalenko",
];
#[rustfmt::skip]
const WEST_AFRICAN: &[&str] = &[
    "Adeyemi", "Okafor", "Okonkwo", "Mensah", "Owusu", "Boateng", "Adebayo", "Ogunleye", "Eze",
    "Nwosu", "Okoro", "Asante", "Osei", "Appiah", "Agyeman", "Balogun", "Olawale", "Afolabi",
    "Bello", "Chukwu", "Danjuma", "Ekwueme", "Folarin", "Ibrahim", "Igwe", "Kamara", "Sesay",
    "Conteh", "Koroma", "Nkrumah", "Obi", "Odukoya", "Ofori", "Ojo", "Okeke", "Oladipo", "Onyeka",
    "Opoku", "Quaye", "Sowah", "Tetteh", "Uche", "Umar", "Williams-Obi", "Yeboah", "Ọlátúnjí",
    "Nwachukwu", "Amoah", "Darko", "Frimpong",
];
#[rustfmt::skip]
const CARIBBEAN: &[&str] = &[
    "Campbell", "Brown", "Williams", "Clarke", "Grant", "Francis", "Thompson", "Johnson", "Gordon",
    "Reid", "Morgan", "Lewis", "Stewart", "Bailey", "Wright", "Edwards", "Henry", "Joseph",
    "Charles", "Alexander", "Baptiste", "Pierre", "St Clair", "Beckford", "Blake", "Bogle",
    "Cumberbatch", "Dacosta", "Facey", "Gayle", "Hylton", "McKenzie", "McFarlane", "Palmer",
    "Pinnock", "Powell", "Samuels", "Sterling", "Walters", "Wint",
];
#[rustfmt::skip]
const CHINESE: &[&str] = &[
    "Chan", "Wong", "Li", "Wang", "Chen", "Zhang", "Liu", "Lee", "Cheung", "Lam", "Leung", "Ng",
    "Ho", "Yang", "Huang", "Wu", "Zhou", "Lau", "Tang", "Yip", "Xu", "Sun", "Ma", "Zhu", "Hu", "Guo",
    "Lin", "He", "Gao", "Luo", "Tsang", "Mak", "Fung", "Kwok", "Tam", "Poon", "Chow", "Lo", "Au",
    "Ouyang",
];
#[rustfmt::skip]
const ARAB: &[&str] = &[
    "Mohamed", "Ali", "Hassan", "Hussein", "Ahmed", "Abdi", "Omar", "Yusuf", "Ibrahim", "Abdullah",
    "Al-Hassan", "Al-Sayed", "El-Masry", "Haddad", "Khoury", "Mansour", "Nasser", "Saleh", "Said",
    "Warsame", "Farah", "Jama", "Osman", "Adan", "Nur", "Elmi", "Abdirahman", "Tesfaye", "Haile",
    "Karimi", "Hosseini", "Rahimi", "Barzani", "Al-Jabouri", "Darwish", "Aziz", "Hamdan", "Zaki",
    "Suleiman", "Bakr",
];
