//! Names as they are heard in a UK primary school, kept together by where families come from.

use super::draw::Draw;

/// Forenames and surnames that go together.
struct Community {
    /// Out of a hundred children.
    share: u32,
    girls: &'static [&'static str],
    boys: &'static [&'static str],
    surnames: &'static [&'static str],
}

/// A generated name.
#[derive(Debug)]
pub(super) struct Name {
    pub forename: &'static str,
    pub surname: &'static str,
    pub middle: Option<&'static str>,
    pub gender: char,
}

/// A child's name.
pub(super) fn child(draw: &mut Draw) -> Name {
    let gender = if draw.percent(49) { 'F' } else { 'M' };
    let community = community(draw);
    let forenames = if gender == 'F' { community.girls } else { community.boys };
    let forename = draw.word(forenames);
    let surname = draw.word(community.surnames);
    let middle = draw.percent(45).then(|| draw.word(forenames)).filter(|name| *name != forename);
    Name { forename, surname, middle, gender }
}

/// A grown-up's name: older forenames where the community has them.
pub(super) fn adult(draw: &mut Draw) -> Name {
    let gender = if draw.percent(78) { 'F' } else { 'M' };
    if draw.percent(65) {
        let forename = draw.word(if gender == 'F' { WOMEN } else { MEN });
        let surname = draw.word(BRITISH_SURNAMES);
        return Name { forename, surname, middle: None, gender };
    }
    let community = community(draw);
    let forename = draw.word(if gender == 'F' { community.girls } else { community.boys });
    Name { forename, surname: draw.word(community.surnames), middle: None, gender }
}

fn community(draw: &mut Draw) -> &'static Community {
    let mut left = draw.below(100);
    for community in &COMMUNITIES {
        if left < community.share {
            return community;
        }
        left -= community.share;
    }
    &BRITISH
}

const COMMUNITIES: [Community; 13] = [
    BRITISH,
    IRISH,
    WELSH,
    PAKISTANI,
    BANGLADESHI,
    INDIAN,
    PUNJABI,
    NIGERIAN,
    GHANAIAN,
    SOMALI,
    POLISH,
    ROMANIAN,
    CHINESE,
];

const BRITISH: Community = Community {
    share: 54,
    girls: &[
        "Olivia",
        "Amelia",
        "Isla",
        "Ava",
        "Ivy",
        "Freya",
        "Lily",
        "Florence",
        "Mia",
        "Willow",
        "Rosie",
        "Sophia",
        "Isabella",
        "Grace",
        "Daisy",
        "Sienna",
        "Poppy",
        "Elsie",
        "Emily",
        "Ella",
        "Evelyn",
        "Phoebe",
        "Evie",
        "Charlotte",
        "Harper",
        "Millie",
        "Matilda",
        "Maisie",
        "Alice",
        "Emma",
        "Luna",
        "Ada",
        "Maya",
        "Orla",
        "Penelope",
        "Ruby",
        "Hallie",
        "Violet",
        "Chloe",
        "Erin",
        "Eva",
        "Holly",
        "Jessica",
        "Lottie",
        "Imogen",
        "Nancy",
        "Robyn",
        "Molly",
        "Thea",
        "Bonnie",
        "Scarlett",
        "Eliza",
        "Harriet",
        "Martha",
        "Beatrice",
        "Lucy",
        "Hannah",
        "Megan",
        "Abigail",
        "Skye",
        "Summer",
        "Heidi",
        "Lyra",
        "Arabella",
        "Zara",
        "Eleanor",
    ],
    boys: &[
        "Noah",
        "Oliver",
        "George",
        "Arthur",
        "Leo",
        "Theo",
        "Oscar",
        "Freddie",
        "Archie",
        "Jack",
        "Luca",
        "Henry",
        "Charlie",
        "Harry",
        "Alfie",
        "Finley",
        "Jude",
        "Albie",
        "Tommy",
        "Teddy",
        "Arlo",
        "William",
        "James",
        "Thomas",
        "Joshua",
        "Edward",
        "Max",
        "Lucas",
        "Reuben",
        "Isaac",
        "Elijah",
        "Rowan",
        "Hugo",
        "Louie",
        "Roman",
        "Toby",
        "Ezra",
        "Sebastian",
        "Jasper",
        "Ralph",
        "Caleb",
        "Harrison",
        "Logan",
        "Mason",
        "Ethan",
        "Jacob",
        "Samuel",
        "Daniel",
        "Joseph",
        "Benjamin",
        "Stanley",
        "Frankie",
        "Ronnie",
        "Bobby",
        "Tobias",
        "Felix",
        "Otis",
        "Rory",
        "Callum",
        "Cameron",
        "Jamie",
        "Kian",
        "Riley",
        "Zachary",
        "Nathan",
    ],
    surnames: BRITISH_SURNAMES,
};

const BRITISH_SURNAMES: &[&str] = &[
    "Smith",
    "Jones",
    "Taylor",
    "Brown",
    "Williams",
    "Wilson",
    "Johnson",
    "Davies",
    "Robinson",
    "Wright",
    "Thompson",
    "Evans",
    "Walker",
    "White",
    "Roberts",
    "Green",
    "Hall",
    "Wood",
    "Jackson",
    "Clarke",
    "Clark",
    "Harris",
    "Lewis",
    "Turner",
    "Cooper",
    "Hill",
    "Ward",
    "Moore",
    "Morris",
    "King",
    "Watson",
    "Baker",
    "Harrison",
    "Morgan",
    "Allen",
    "Scott",
    "Wilkinson",
    "Marshall",
    "Bailey",
    "Mitchell",
    "Cook",
    "Shaw",
    "Carter",
    "Richardson",
    "Bell",
    "Collins",
    "Bennett",
    "Parker",
    "Miller",
    "Gray",
    "Cox",
    "Simpson",
    "Price",
    "Anderson",
    "Adams",
    "Foster",
    "Ellis",
    "Mills",
    "Chapman",
    "Mason",
    "Webb",
    "Rogers",
    "Hunt",
    "Palmer",
    "Holmes",
    "Barker",
    "Knight",
    "Stevens",
    "Butler",
    "Barnes",
    "Fisher",
    "Pearson",
    "Dixon",
    "Fletcher",
    "Harvey",
    "Rose",
    "Andrews",
    "Elliott",
    "Ford",
    "Reynolds",
    "Fox",
    "Saunders",
    "Payne",
    "Day",
    "Dean",
    "West",
    "Burton",
    "Hudson",
    "Barrett",
    "Page",
    "Lowe",
    "Newman",
    "Atkinson",
    "Goodwin",
    "Ashworth",
    "Whittaker",
    "Sutcliffe",
    "Hargreaves",
    "Tomlinson",
    "Braithwaite",
    "Penrose",
    "Trevithick",
    "Featherstone",
    "Ainsworth",
    "Brooke",
    "Winterbottom",
    "Peacock",
];

const WOMEN: &[&str] = &[
    "Susan",
    "Karen",
    "Nicola",
    "Rachel",
    "Helen",
    "Joanne",
    "Claire",
    "Sarah",
    "Rebecca",
    "Victoria",
    "Catherine",
    "Deborah",
    "Alison",
    "Julie",
    "Amanda",
    "Louise",
    "Gemma",
    "Laura",
    "Emma",
    "Kate",
    "Fiona",
    "Lesley",
    "Janet",
    "Christine",
    "Lorraine",
    "Hayley",
    "Kelly",
    "Natalie",
    "Samantha",
    "Kirsty",
    "Bethan",
    "Philippa",
    "Judith",
    "Sandra",
    "Wendy",
];

const MEN: &[&str] = &[
    "David",
    "Paul",
    "Andrew",
    "Stephen",
    "Mark",
    "Ian",
    "Christopher",
    "Matthew",
    "Richard",
    "Simon",
    "Gareth",
    "Neil",
    "Stuart",
    "Jonathan",
    "Martin",
    "Peter",
    "Graham",
    "Adam",
    "Craig",
];

const IRISH: Community = Community {
    share: 4,
    girls: &["Saoirse", "Aoife", "Caoimhe", "Niamh", "Róisín", "Ciara", "Éabha", "Orlaith"],
    boys: &["Cillian", "Oisín", "Conor", "Fionn", "Tadhg", "Darragh", "Pádraig", "Eoin", "Seán"],
    surnames: &[
        "Murphy",
        "Kelly",
        "Byrne",
        "Ryan",
        "Doyle",
        "Gallagher",
        "Doherty",
        "Kennedy",
        "Lynch",
        "O'Neill",
        "O'Connor",
        "O'Sullivan",
        "McCarthy",
        "McLoughlin",
        "Fitzgerald",
    ],
};

const WELSH: Community = Community {
    share: 2,
    girls: &["Cerys", "Ffion", "Seren", "Carys", "Eira", "Mali", "Nia", "Siân"],
    boys: &["Macsen", "Osian", "Dylan", "Rhys", "Ioan", "Gethin", "Llew", "Siôn"],
    surnames: &[
        "Llewellyn",
        "Pritchard",
        "Griffiths",
        "Rees",
        "Bowen",
        "Powell",
        "Gwyn",
        "ap Rhys",
    ],
};

const PAKISTANI: Community = Community {
    share: 9,
    girls: &[
        "Aisha", "Fatima", "Zainab", "Maryam", "Hafsa", "Amina", "Inaya", "Khadija", "Safa",
        "Zahra", "Iqra", "Noor", "Eshal", "Hania", "Aliza",
    ],
    boys: &[
        "Muhammad", "Mohammed", "Ibrahim", "Yusuf", "Zayn", "Musa", "Hamza", "Ismail", "Ali",
        "Haris", "Bilal", "Zakariya", "Umar", "Abdullah", "Rayyan",
    ],
    surnames: &[
        "Khan", "Ahmed", "Hussain", "Malik", "Akhtar", "Iqbal", "Mahmood", "Mirza", "Qureshi",
        "Butt", "Raja", "Chaudhry", "Siddiqui", "Bibi", "Shah",
    ],
};

const BANGLADESHI: Community = Community {
    share: 4,
    girls: &["Sumaiya", "Anika", "Tahmina", "Jannat", "Maisha", "Nusrat", "Ayesha", "Samira"],
    boys: &["Tahmid", "Rahim", "Ayaan", "Zubair", "Nafis", "Sami", "Yahya", "Adnan"],
    surnames: &["Begum", "Uddin", "Miah", "Islam", "Rahman", "Chowdhury", "Ali", "Hoque", "Khatun"],
};

const INDIAN: Community = Community {
    share: 5,
    girls: &["Anaya", "Diya", "Aanya", "Myra", "Saanvi", "Riya", "Ishani", "Kavya", "Meera"],
    boys: &["Arjun", "Vihaan", "Aarav", "Rohan", "Dev", "Krish", "Ishaan", "Reyansh", "Kiran"],
    surnames: &[
        "Patel",
        "Shah",
        "Sharma",
        "Desai",
        "Mehta",
        "Joshi",
        "Reddy",
        "Nair",
        "Kumar",
        "Iyer",
        "Krishnamurthy",
        "Venkataraman",
    ],
};

const PUNJABI: Community = Community {
    share: 3,
    girls: &["Jasleen", "Simran", "Harleen", "Avneet", "Kiran", "Manpreet", "Gurleen"],
    boys: &["Arjan", "Gurpreet", "Harvir", "Jasveer", "Manveer", "Tegan", "Sahib"],
    surnames: &["Singh", "Kaur", "Gill", "Sandhu", "Dhillon", "Grewal", "Sidhu", "Bains"],
};

const NIGERIAN: Community = Community {
    share: 5,
    girls: &["Adaeze", "Temilade", "Chiamaka", "Ifeoluwa", "Ngozi", "Oluchi", "Ayomide", "Zuri"],
    boys: &["Tobi", "Chidi", "Emeka", "Ayodele", "Ikenna", "Oluwaseun", "Kelechi", "Femi"],
    surnames: &[
        "Adeyemi", "Okafor", "Okonkwo", "Balogun", "Eze", "Nwosu", "Adebayo", "Oyelowo", "Obi",
        "Ogunleye", "Chukwu",
    ],
};

const GHANAIAN: Community = Community {
    share: 2,
    girls: &["Abena", "Akosua", "Ama", "Efua", "Esi", "Afia", "Nana"],
    boys: &["Kwame", "Kofi", "Kojo", "Yaw", "Kwabena", "Ebo", "Nii"],
    surnames: &["Mensah", "Owusu", "Boateng", "Asante", "Appiah", "Osei", "Ansah", "Addo"],
};

const SOMALI: Community = Community {
    share: 3,
    girls: &["Hodan", "Sagal", "Ifrah", "Hibaq", "Ayaan", "Asma", "Nasra"],
    boys: &["Abdirahman", "Liban", "Zakaria", "Ayub", "Guled", "Idris", "Mahad"],
    surnames: &["Hassan", "Abdi", "Warsame", "Farah", "Mohamud", "Jama", "Osman", "Yusuf"],
};

const POLISH: Community = Community {
    share: 5,
    girls: &[
        "Zofia",
        "Maja",
        "Hanna",
        "Julia",
        "Oliwia",
        "Lena",
        "Zuzanna",
        "Gabriela",
        "Małgorzata",
    ],
    boys: &[
        "Jakub",
        "Antoni",
        "Jan",
        "Szymon",
        "Filip",
        "Aleksander",
        "Kacper",
        "Wiktor",
        "Stanisław",
    ],
    surnames: &[
        "Nowak",
        "Wójcik",
        "Mazur",
        "Krawczyk",
        "Zając",
        "Król",
        "Wróbel",
        "Dudek",
        "Wieczorek",
        "Pawlak",
        "Kaczmarek",
        "Gołąb",
    ],
};

const ROMANIAN: Community = Community {
    share: 3,
    girls: &["Ioana", "Andreea", "Bianca", "Daria", "Ștefania", "Ilinca", "Medeea"],
    boys: &["Andrei", "Matei", "Luca", "Ștefan", "Darius", "Vlad", "Rareș"],
    surnames: &["Popescu", "Ionescu", "Dumitru", "Stan", "Rusu", "Munteanu", "Țurcanu", "Bălan"],
};

const CHINESE: Community = Community {
    share: 1,
    girls: &["Mei", "Xinyi", "Yan", "Hui", "Jia", "Chloe"],
    boys: &["Wei", "Haoran", "Jun", "Ming", "Kai", "Lucas"],
    surnames: &["Chen", "Wang", "Li", "Zhang", "Liu", "Cheung", "Wong", "Ng", "Lü"],
};

/// Names of schools; which one goes with a number is fixed by [`school_name`].
const SCHOOLS: [&str; 32] = [
    "Oakfield Primary School",
    "St Mary's Church of England Primary School",
    "Meadow View Primary School",
    "Hillcrest Community Primary School",
    "Riverbank Primary School",
    "Ash Grove Primary School",
    "Holy Trinity Catholic Primary School",
    "Beechwood Primary School",
    "Kingfisher Primary School",
    "Millbrook Primary School",
    "St Thomas' Primary School",
    "Larkspur Primary School",
    "Queen's Park Primary School",
    "Fernhill Primary School",
    "Waterside Primary School",
    "Bridge Street Primary School",
    "Elmwood Primary School",
    "Chestnut Lane Primary School",
    "St Bede's Catholic Primary School",
    "Harbour Primary School",
    "Moorside Community Primary School",
    "Orchard Primary School",
    "Castle Hill Primary School",
    "Springfield Primary School",
    "Thornbury Primary School",
    "Lakeside Primary School",
    "Priory Primary School",
    "Windmill Primary School",
    "Rowan Tree Primary School",
    "Sandy Lane Primary School",
    "Greenfields Primary School",
    "Abbey Road Primary School",
];

/// The name a school has where none is given: always the same for the same number.
pub(super) fn school_name(estab: &str) -> &'static str {
    let number: usize = estab.parse().unwrap_or_default();
    SCHOOLS.get(number % SCHOOLS.len()).copied().unwrap_or("Waterside Primary School")
}

/// The first words of a school's name as a domain: "Waterside Primary School" is at
/// `waterside.example`.
pub(super) fn domain(name: &str) -> String {
    let end = [" Primary", " Church", " Catholic", " Community", " School"]
        .iter()
        .filter_map(|word| name.find(word))
        .min()
        .unwrap_or(name.len());
    let words: String = name
        .get(..end)
        .unwrap_or(name)
        .chars()
        .filter_map(|character| match character {
            ' ' | '-' => Some('-'),
            _ if character.is_ascii_alphanumeric() => Some(character.to_ascii_lowercase()),
            _ => None,
        })
        .collect();
    let words = words.trim_matches('-');
    format!("{}.example", if words.is_empty() { "school" } else { words })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_a_hundred() {
        assert_eq!(COMMUNITIES.iter().map(|community| community.share).sum::<u32>(), 100);
    }

    #[test]
    fn a_school_without_a_name_gets_the_one_of_its_number() {
        assert_eq!(school_name("3281102"), "Waterside Primary School");
    }

    #[test]
    fn a_domain_is_the_short_name() {
        assert_eq!(domain("Waterside Primary School"), "waterside.example");
        assert_eq!(domain("St Mary's Church of England Primary School"), "st-marys.example");
        assert_eq!(domain("Ysgol Gymraeg"), "ysgol-gymraeg.example");
        assert_eq!(domain("школа"), "school.example");
    }
}
