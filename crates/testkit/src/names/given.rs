//! Given names by heritage, sex and (for British and Irish names) time of birth, most frequent first.

use super::Heritage;
use crate::person::Sex;

/// The list for someone of this heritage and sex, born in `year`.
pub(super) fn stock(heritage: Heritage, sex: Sex, year: i16) -> &'static [&'static str] {
    let female = sex == Sex::Female;
    match (heritage, female) {
        (Heritage::British | Heritage::Caribbean, true) => by_year(year, BRITISH_FEMALE),
        (Heritage::British | Heritage::Caribbean, false) => by_year(year, BRITISH_MALE),
        (Heritage::Welsh, true) => WELSH_FEMALE,
        (Heritage::Welsh, false) => WELSH_MALE,
        (Heritage::Irish, true) => IRISH_FEMALE,
        (Heritage::Irish, false) => IRISH_MALE,
        (Heritage::MuslimSouthAsian, true) => MUSLIM_FEMALE,
        (Heritage::MuslimSouthAsian, false) => MUSLIM_MALE,
        (Heritage::Indian, true) => INDIAN_FEMALE,
        (Heritage::Indian, false) => INDIAN_MALE,
        (Heritage::Polish, true) => POLISH_FEMALE,
        (Heritage::Polish, false) => POLISH_MALE,
        (Heritage::European, true) => EUROPEAN_FEMALE,
        (Heritage::European, false) => EUROPEAN_MALE,
        (Heritage::WestAfrican, true) => WEST_AFRICAN_FEMALE,
        (Heritage::WestAfrican, false) => WEST_AFRICAN_MALE,
        (Heritage::Chinese, true) => CHINESE_FEMALE,
        (Heritage::Chinese, false) => CHINESE_MALE,
        (Heritage::Arab, true) => ARAB_FEMALE,
        (Heritage::Arab, false) => ARAB_MALE,
    }
}

fn by_year(year: i16, lists: [&'static [&'static str]; 3]) -> &'static [&'static str] {
    match year {
        ..1958 => lists[0],
        1958..1988 => lists[1],
        _ => lists[2],
    }
}

/// Every list.
#[cfg(test)]
pub(super) fn lists() -> impl Iterator<Item = &'static [&'static str]> {
    BRITISH_FEMALE.into_iter().chain(BRITISH_MALE).chain([
        WELSH_FEMALE,
        WELSH_MALE,
        IRISH_FEMALE,
        IRISH_MALE,
        MUSLIM_FEMALE,
        MUSLIM_MALE,
        INDIAN_FEMALE,
        INDIAN_MALE,
        POLISH_FEMALE,
        POLISH_MALE,
        EUROPEAN_FEMALE,
        EUROPEAN_MALE,
        WEST_AFRICAN_FEMALE,
        WEST_AFRICAN_MALE,
        CHINESE_FEMALE,
        CHINESE_MALE,
        ARAB_FEMALE,
        ARAB_MALE,
    ])
}

/// Every name of every list.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    lists().flat_map(|list| list.iter().copied())
}

#[rustfmt::skip]
const BRITISH_FEMALE: [&[&str]; 3] = [
    &["Margaret", "Jean", "Mary", "Joan", "Patricia", "Sheila", "Barbara", "Doreen", "June",
      "Shirley", "Dorothy", "Joyce", "Maureen", "Elizabeth", "Audrey", "Brenda", "Kathleen",
      "Sylvia", "Eileen", "Pamela", "Betty", "Beryl", "Ann", "Irene", "Marjorie", "Christine",
      "Rita", "Jacqueline", "Hilda", "Edna", "Vera", "Iris", "Pauline", "Marion", "Valerie",
      "Norma", "Hazel", "Jennifer", "Susan", "Gillian"],
    &["Susan", "Julie", "Karen", "Jacqueline", "Deborah", "Tracey", "Jane", "Helen", "Diane",
      "Sharon", "Sarah", "Nicola", "Amanda", "Michelle", "Claire", "Lisa", "Joanne", "Emma",
      "Alison", "Lesley", "Elizabeth", "Linda", "Carol", "Angela", "Wendy", "Louise", "Samantha",
      "Rachel", "Paula", "Dawn", "Rebecca", "Victoria", "Catherine", "Katherine", "Zoë", "Anne-Marie",
      "Kelly", "Heather", "Fiona", "Andrea"],
    &["Emily", "Charlotte", "Jessica", "Sophie", "Chloe", "Lauren", "Olivia", "Amelia", "Isla",
      "Ava", "Mia", "Grace", "Lily", "Ella", "Freya", "Poppy", "Evie", "Isabella", "Sophia",
      "Hannah", "Megan", "Bethany", "Ellie", "Lucy", "Katie", "Georgia", "Holly", "Molly", "Abigail",
      "Phoebe", "Daisy", "Alice", "Florence", "Rosie", "Willow", "Harriet", "Eleanor", "Matilda",
      "Chloë", "Amelie", "Elsie", "Imogen", "Maisie", "Ivy"],
];
#[rustfmt::skip]
const BRITISH_MALE: [&[&str]; 3] = [
    &["John", "William", "George", "James", "Ronald", "Robert", "Kenneth", "Thomas", "Frederick",
      "Eric", "Peter", "Arthur", "Dennis", "Leonard", "Derek", "Charles", "Norman", "Stanley",
      "Albert", "Harold", "Alan", "Brian", "Roy", "Raymond", "Gordon", "Edward", "Douglas", "Donald",
      "Anthony", "Michael", "David", "Ernest", "Sidney", "Geoffrey", "Reginald", "Walter", "Trevor",
      "Keith", "Terence", "Bernard"],
    &["David", "Paul", "Andrew", "Mark", "Stephen", "John", "Michael", "Ian", "Robert", "Richard",
      "Christopher", "Peter", "Simon", "Anthony", "Kevin", "Gary", "Steven", "Martin", "James",
      "Philip", "Alan", "Neil", "Nigel", "Timothy", "Colin", "Graham", "Jonathan", "Nicholas",
      "William", "Adrian", "Brian", "Stuart", "Keith", "Thomas", "Patrick", "Sean", "Carl", "Trevor",
      "Wayne", "Jason", "Lee", "Darren", "Matthew", "Daniel"],
    &["Oliver", "Jack", "Harry", "George", "Thomas", "Joshua", "James", "William", "Daniel", "Samuel",
      "Noah", "Alfie", "Charlie", "Jacob", "Ryan", "Matthew", "Callum", "Luke", "Benjamin", "Connor",
      "Alexander", "Joseph", "Max", "Ethan", "Lewis", "Adam", "Liam", "Jake", "Nathan", "Archie",
      "Leo", "Oscar", "Freddie", "Henry", "Theo", "Arthur", "Logan", "Isaac", "Mason", "Finley",
      "Edward", "Toby", "Kieran", "Bradley", "Reece", "Jude"],
];
#[rustfmt::skip]
const WELSH_FEMALE: &[&str] = &[
    "Megan", "Siân", "Rhian", "Carys", "Bethan", "Catrin", "Angharad", "Ffion", "Nia", "Gwen",
    "Eleri", "Mari", "Lowri", "Bronwen", "Cerys", "Elin", "Glenys", "Olwen", "Rhiannon", "Seren",
];
#[rustfmt::skip]
const WELSH_MALE: &[&str] = &[
    "David", "Rhys", "Gareth", "Dylan", "Owain", "Huw", "Ieuan", "Gwilym", "Emyr", "Dafydd", "Aled",
    "Bryn", "Carwyn", "Evan", "Geraint", "Glyn", "Gethin", "Iwan", "Llŷr", "Siôn", "Tomos", "Trefor",
];
#[rustfmt::skip]
const IRISH_FEMALE: &[&str] = &[
    "Mary", "Margaret", "Bridget", "Catherine", "Siobhan", "Aoife", "Ciara", "Niamh", "Sinéad",
    "Róisín", "Orla", "Deirdre", "Eileen", "Kathleen", "Maeve", "Nora", "Una", "Bernadette",
    "Theresa", "Saoirse", "Caoimhe", "Gráinne", "Fionnuala", "Erin", "Clodagh",
];
#[rustfmt::skip]
const IRISH_MALE: &[&str] = &[
    "Patrick", "Michael", "John", "Sean", "Seán", "Liam", "Declan", "Brendan", "Kevin", "Eamon",
    "Conor", "Cormac", "Ciarán", "Diarmuid", "Donal", "Dermot", "Fergus", "Finbar", "Gerard",
    "Niall", "Oisín", "Pádraig", "Ronan", "Rory", "Thomas",
];
#[rustfmt::skip]
const MUSLIM_FEMALE: &[&str] = &[
    "Fatima", "Aisha", "Maryam", "Zainab", "Nasreen", "Shazia", "Rukhsana", "Khadija", "Amina",
    "Sadia", "Farzana", "Shabana", "Nusrat", "Hafsa", "Zara", "Saima", "Yasmin", "Rabia", "Samina",
    "Sumaiya", "Tahira", "Razia", "Naseem", "Hira", "Iqra", "Noor", "Safiya", "Parveen", "Halima",
    "Inaya",
];
#[rustfmt::skip]
const MUSLIM_MALE: &[&str] = &[
    "Mohammed", "Muhammad", "Mohammad", "Ali", "Imran", "Abdul", "Ahmed", "Hassan", "Ibrahim", "Omar",
    "Yusuf", "Bilal", "Hamza", "Asif", "Tariq", "Kashif", "Nadeem", "Shahid", "Zahid", "Amir",
    "Usman", "Faisal", "Adeel", "Khalid", "Mahmood", "Rashid", "Sajid", "Waqar", "Zubair", "Ismail",
    "Haroon", "Idris",
];
#[rustfmt::skip]
const INDIAN_FEMALE: &[&str] = &[
    "Priya", "Sunita", "Anita", "Meena", "Harpreet", "Jaspreet", "Manjit", "Kavita", "Neha", "Pooja",
    "Asha", "Geeta", "Lakshmi", "Nisha", "Rekha", "Simran", "Gurpreet", "Balwinder", "Deepa", "Jyoti",
    "Leela", "Mira", "Radha", "Sarita", "Usha", "Ananya", "Diya", "Kiran", "Ritu", "Shreya",
];
#[rustfmt::skip]
const INDIAN_MALE: &[&str] = &[
    "Raj", "Sanjay", "Amit", "Vijay", "Harjit", "Gurpreet", "Ravi", "Suresh", "Anil", "Dinesh",
    "Jaswinder", "Manjit", "Mohan", "Nitin", "Prakash", "Rajesh", "Ramesh", "Sandeep", "Sukhdev",
    "Vikram", "Arjun", "Dev", "Rohan", "Aarav", "Kiran", "Bhavesh", "Hitesh", "Jayesh", "Kamal",
    "Satnam",
];
#[rustfmt::skip]
const POLISH_FEMALE: &[&str] = &[
    "Anna", "Katarzyna", "Agnieszka", "Małgorzata", "Ewa", "Barbara", "Magdalena", "Monika", "Joanna",
    "Zofia", "Julia", "Maja", "Hanna", "Krystyna", "Beata", "Dorota", "Iwona", "Justyna", "Karolina",
    "Natalia", "Oliwia", "Paulina", "Renata", "Sylwia", "Wiktoria", "Żaneta",
];
#[rustfmt::skip]
const POLISH_MALE: &[&str] = &[
    "Piotr", "Krzysztof", "Andrzej", "Tomasz", "Paweł", "Jan", "Michał", "Marcin", "Jakub", "Adam",
    "Łukasz", "Marek", "Grzegorz", "Mateusz", "Wojciech", "Mariusz", "Dariusz", "Zbigniew", "Rafał",
    "Kamil", "Bartosz", "Filip", "Szymon", "Stanisław", "Józef", "Sławomir",
];
#[rustfmt::skip]
const EUROPEAN_FEMALE: &[&str] = &[
    "Maria", "Elena", "Ana", "Ioana", "Andreea", "Sofia", "Carmen", "Lucía", "Giulia", "Francesca",
    "Petra", "Jana", "Zuzana", "Ayşe", "Fatma", "Elif", "Katalin", "Ilona", "Astrid", "Ingrid",
    "Desislava", "Eleni", "Rasa", "Olena", "Iryna", "Inês", "Beatriz", "Chiara", "Françoise", "Zoé",
];
#[rustfmt::skip]
const EUROPEAN_MALE: &[&str] = &[
    "Andrei", "Mihai", "Ion", "Alexandru", "João", "José", "Miguel", "Pedro", "Carlos", "Marco",
    "Giuseppe", "Luca", "Tomáš", "Jiří", "Mehmet", "Mustafa", "Emre", "László", "Gábor", "Lars",
    "Søren", "Georgi", "Dimitrios", "Nikos", "Jonas", "Mantas", "Oleksandr", "Dmytro", "François",
    "Jürgen", "René", "Ștefan",
];
#[rustfmt::skip]
const WEST_AFRICAN_FEMALE: &[&str] = &[
    "Grace", "Blessing", "Chioma", "Ngozi", "Abena", "Akua", "Ama", "Adaeze", "Folake", "Funmilayo",
    "Esther", "Comfort", "Mercy", "Patience", "Efua", "Yaa", "Ifeoma", "Amaka", "Bukola", "Temitope",
    "Zainab", "Aminata", "Fatmata", "Isatu", "Oluwaseun", "Yetunde", "Titilayo", "Adwoa", "Joy",
    "Ruth",
];
#[rustfmt::skip]
const WEST_AFRICAN_MALE: &[&str] = &[
    "Emmanuel", "Kwame", "Kofi", "Samuel", "Daniel", "Chinedu", "Emeka", "Olumide", "Babatunde",
    "Tunde", "Kwabena", "Kojo", "Yaw", "Ebenezer", "Femi", "Ayodele", "Ikechukwu", "Obinna",
    "Chukwuemeka", "Ibrahim", "Musa", "Abdulai", "Mohamed", "Segun", "Kwaku", "Ifeanyi", "Isaac",
    "Joshua", "Victor", "Michael",
];
#[rustfmt::skip]
const CHINESE_FEMALE: &[&str] = &[
    "Mei", "Li", "Wai Ling", "Siu Fong", "Xiaoyan", "Jing", "Yan", "Hui", "Mei-Ling", "Fang",
    "Ka Yan", "Yuk Ying", "Na", "Min", "Ying", "Lan", "Hong", "Suk Yee", "Amy", "Grace", "Vivian",
    "Joyce", "Yuet", "Qian", "Xin",
];
#[rustfmt::skip]
const CHINESE_MALE: &[&str] = &[
    "Wei", "Jun", "Ming", "Kwok Wai", "Chi Keung", "Wing", "Jian", "Lei", "Hao", "Tao", "Ka Ho",
    "Yiu", "Bo", "Feng", "Gang", "Jie", "Kin", "Peng", "Qiang", "Kelvin", "Raymond", "Jason", "Xiang",
    "Yong", "Zhen",
];
#[rustfmt::skip]
const ARAB_FEMALE: &[&str] = &[
    "Fatima", "Amal", "Hodan", "Sahra", "Asha", "Khadra", "Layla", "Nour", "Hana", "Rania", "Salma",
    "Zahra", "Hibo", "Ifrah", "Leyla", "Maha", "Mona", "Samira", "Yasmin", "Selam", "Hawa", "Dalia",
    "Noura", "Shirin", "Rozhin",
];
#[rustfmt::skip]
const ARAB_MALE: &[&str] = &[
    "Mohamed", "Ahmed", "Ali", "Omar", "Abdi", "Hassan", "Yusuf", "Khaled", "Mahmoud", "Mustafa",
    "Abdirahman", "Ismail", "Bashir", "Farah", "Jamal", "Karim", "Nabil", "Samir", "Tarek", "Walid",
    "Liban", "Guled", "Dawit", "Reza", "Karwan",
];
