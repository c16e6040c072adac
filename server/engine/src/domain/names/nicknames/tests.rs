use std::collections::BTreeSet;

use super::*;
use crate::domain::names::ComparedName;

/// Whether two people of one surname have forenames that are usual for one person.
fn usual(a: &str, b: &str) -> bool {
    let (one, other) = (ComparedName::of(a, "Hill"), ComparedName::of(b, "Hill"));
    let answer = one.has_usual_forename_of(&other);
    assert_eq!(answer, other.has_usual_forename_of(&one), "{a} and {b}, the other way round");
    assert!(!answer || one.is_similar_to(&other), "{a} and {b} are usual and so similar");
    answer
}

#[track_caller]
fn all_usual(pairs: &str) {
    check(pairs, true);
}

#[track_caller]
fn none_usual(pairs: &str) {
    check(pairs, false);
}

#[track_caller]
fn check(pairs: &str, expected: bool) {
    let wrong: Vec<&str> = pairs
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .filter(|pair| {
            let (a, b) = pair.split_once('/').unwrap();
            usual(a, b) != expected
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:?} should be {expected}");
}

#[test]
fn the_table_is_long_and_each_line_is_of_different_plain_names() {
    let mut seen = BTreeSet::new();
    for line in lines() {
        let names: Vec<&str> =
            line.split([' ', ',', ':']).filter(|name| !name.is_empty()).collect();
        let different: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), different.len(), "{line}");
        assert!(names.len() > 1, "{line}");
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase())), "{line}");
        assert!(seen.insert(line), "{line} is there twice");
    }
    assert!(seen.len() > 1000, "{} lines", seen.len());
}

#[test]
fn knows_the_short_forms_of_english_forenames() {
    all_usual(
        "Archie/Archibald, Alfie/Alfred, Evie/Evelyn, Millie/Amelia, Bill/William, Liam/William,
        Bob/Robert, Rob/Bob, Dick/Richard, Ted/Edward, Ted/Theodore, Harry/Henry, Harry/Harold,
        Jack/John, Jim/James, Jamie/James, Joe/Joseph, Tom/Thomas, Tony/Anthony, Kate/Catherine,
        Katie/Katherine, Beth/Elizabeth, Libby/Elizabeth, Lizzie/Elizabeth, Eliza/Elizabeth,
        Peggy/Margaret, Maggie/Margaret, Daisy/Margaret, Molly/Mary, Polly/Mary, Nell/Eleanor,
        Ellie/Eleanor, Tilly/Matilda, Hattie/Harriet, Lottie/Charlotte, Charlie/Charlotte,
        Charlie/Charles, Alex/Alexander, Alex/Alexandra, Sam/Samuel, Sam/Samantha, Ollie/Oliver,
        Livvy/Olivia, Freddie/Frederick, Freddie/Alfred, Wilf/Wilfred, Monty/Montgomery,
        Bertie/Albert, Gus/Angus, Ned/Edward, Kit/Christopher, Jess/Jessica, Becky/Rebecca,
        Steph/Stephanie, Vicky/Victoria, Tori/Victoria, Josh/Joshua, Phil/Philip, Mike/Michael,
        Andy/Andrew, Nick/Nicholas, Toby/Tobias, Zac/Zachary, Gabby/Gabrielle, Izzy/Isabella,
        Bella/Isabelle, Immy/Imogen, Flo/Florence, Maddie/Madeleine, Minnie/Wilhelmina,
        Abbie/Abigail, Trish/Patricia, Paddy/Patrick, Sandy/Alexander, Debbie/Deborah, Sue/Susan",
    );
}

#[test]
fn knows_spellings_of_one_forename() {
    all_usual(
        "Tom/Tommy, Kate/Katie, Steven/Stephen, Catherine/Kathryn, Sofia/Sophia, Jon/John, Sean/Shaun, Rachel/Rachael,
        Sara/Sarah, Lewis/Louis, Geoffrey/Jeffrey, Philip/Phillip, Zoe/Zoey, Niamh/Neve,
        Kieran/Ciaran, Keira/Ciara, Connor/Conor, Callum/Calum, Ayden/Aidan, Aimee/Amy,
        Isabel/Isobel, Caitlin/Katelyn, Lily/Lilly, Ann/Anne, Layla/Leila, Jaxon/Jackson,
        Rhys/Reece, Hayley/Haley, Laurence/Lawrence, Stuart/Stewart, Erik/Eric, Tracey/Tracy",
    );
}

#[test]
fn knows_welsh_irish_and_scottish_forenames() {
    all_usual(
        "Dafydd/David, Dai/Dafydd, Tomos/Thomas, Catrin/Catherine, Sion/John, Gruff/Gruffydd,
        Bethan/Elizabeth, Llywelyn/Llew, Padraig/Patrick, Eoin/Owen, Seamus/James, Tadhg/Teague,
        Oisín/Osheen, Róisín/Rosie, Siobhán/Shevaun, Orlaith/Orla, Ruaridh/Rory, Euan/Ewan,
        Mairi/Mhairi, Catriona/Cat, Lachlan/Lachie, Alasdair/Ally, Isobel/Ishbel, Eilidh/Ailidh",
    );
}

#[test]
fn knows_forenames_of_muslim_and_south_asian_communities() {
    all_usual(
        "Aisha/Ayesha, Mohamad/Mohammed, Muhammad/Mohamed, Mo/Mohammed, Md/Muhammad, Yusuf/Yousef,
        Fatima/Fatimah, Hussain/Hussein, Hassan/Hasan, Omar/Umar, Usman/Uthman, Ibrahim/Ebrahim,
        Zainab/Zaynab, Maryam/Mariam, Khadija/Khadeeja, Ahmed/Ahmad, Isa/Eesa, Zakariya/Zakaria,
        Suleman/Sulaiman, Abdul Rahman/Abdurrahman, Abdirahman/Abdulrahman, Safiyyah/Safia,
        Harpreet/Preet, Jaspreet/Jas, Simran/Simren, Rajvir/Raj, Pooja/Puja, Deepak/Dipak,
        Riya/Rhea, Aditya/Adi, Ishaan/Ishan, Sandeep/Sandip, Meera/Mira, Sukhvinder/Sukhwinder",
    );
}

#[test]
fn knows_forenames_of_european_african_asian_and_jewish_communities() {
    all_usual(
        "Kasia/Katarzyna, Kuba/Jakub, Ola/Aleksandra, Zosia/Zofia, Gosia/Małgorzata, Łukasz/Lukas,
        Krzysztof/Christopher, Wiktoria/Victoria, Ania/Anna, Hania/Anna, Franek/Franciszek,
        Andrei/Andrew, Ștefan/Stephen, Ionuț/Ion, Mihai/Michael, Sasha/Oleksandr, Dima/Dmytro,
        Nastya/Anastasiia, Misha/Mykhailo, João/John, Thiago/Tiago, Pepe/José, Kostas/Konstantinos,
        Tobi/Oluwatobiloba, Dami/Damilola, Tunde/Babatunde, Emeka/Chukwuemeka, Kojo/Kwadwo,
        Taku/Takudzwa, Fadumo/Fatima, Xin/Hsin, Jisoo/Jisu, Yuki/Yūki, Moshe/Moses, Chana/Hannah,
        Rivky/Rivkah, Yossi/Yosef, Sruli/Yisroel, Zsofia/Sophia, Kati/Katalin, István/Stephen",
    );
}

#[test]
fn a_first_forename_stands_for_several() {
    all_usual(
        "Mary Jane/Mary, Mary-Jane/Maryjane, Mohammed Ali/Muhammad, Kate Louise/Catherine,
        John (Jack)/John, Ann-Marie/Anne, Jean Paul Henri/Jean Paul",
    );
    none_usual(
        "Mary Jane/Mary Ann, Mohammed Ali/Mohammed Hassan, Jean Paul/Jean Luc, Ali Raza/Raza",
    );
}

#[test]
fn other_forenames_are_not_usual_for_one_person() {
    none_usual(
        "Amy/Ann, Mia/Maya, Ella/Emma, Isla/Ayla, Ava/Eva, Lily/Lola, Leo/Leon, Joe/Joel,
        Luca/Lucas, Noah/Nathan, Jack/Jacob, Jake/Jack, Ben/Bob, Harry/Barry, Tim/Tom, Jim/Tim,
        Kate/Kyle, Beth/Libby, Beth/Elsie, Molly/Polly, Fred/Ted, Jane/Jean, Jan/Joan, Anna/Hannah,
        Anna/Emma, Maria/Mary Ann, Sara/Zara, Zara/Zahra, Ali/Alina, Zain/Zainab, Hassan/Hussain,
        Adil/Adeel, Ahmed/Mohammed, Hamza/Hamid, Omar/Amir, Amina/Amna, Aisha/Isha, Imran/Irfan,
        Simran/Kiran, Gurpreet/Harpreet, Jaspreet/Jasmeet, Manpreet/Mandeep, Ravinder/Rajinder,
        Piotr/Pawel, Kasia/Basia, Marek/Marcin, Ewa/Ela, Jan/Jakub, Chidi/Chinedu, Kofi/Kwame,
        Wei/Wen, Rory/Ryan, Ewan/Owen, Megan/Morgan, Rhys/Rhodri, Sian/Sioned, Niall/Neil,
        Conor/Cormac, Liam/Lee, Dan/Dean, Lexi/Lacey, Evie/Edie, Ruby/Rosie, Kayla/Kayleigh,
        Louise/Lucy, Holly/Hayley, Georgia/Grace, Ethan/Evan, Aaron/Aidan, Toby/Theo",
    );
}

#[test]
fn a_boys_and_a_girls_forename_are_two_people() {
    none_usual(
        "Oliver/Olivia, Alexander/Alexandra, Patrick/Patricia, Charles/Charlotte,
        Joseph/Josephine, Christopher/Christine, Christian/Christina, Daniel/Danielle,
        Michael/Michaela, Gabriel/Gabrielle, Stephen/Stephanie, Francis/Frances, Louis/Louise,
        Paul/Paula, George/Georgia, George/Georgina, Henry/Henrietta, Robert/Roberta,
        Nicholas/Nicola, Victor/Victoria, Samuel/Samantha, Theodore/Theodora, Martin/Martina,
        Harry/Harriet, Adrian/Adriana, Julian/Juliana, Leon/Leona, Carl/Carla, Eric/Erica,
        Dominik/Dominika, Karol/Karolina, Aleksander/Aleksandra, Amir/Amira, Samir/Samira,
        Tahir/Tahira, Ali/Aliyah, Sami/Samiyah, Clement/Clementine, Paul/Pauline",
    );
}

#[test]
fn a_short_form_goes_with_each_of_its_names_but_the_names_do_not_go_together() {
    all_usual("Alex/Alexander, Alex/Alexandra, Chris/Christopher, Chris/Christine, Pat/Patrick");
    all_usual("Pat/Patricia, Sandy/Alexander, Sandy/Alexandra, Jo/Joseph, Jo/Josephine");
    none_usual("Alec/Alexa, Topher/Chrissie, Paddy/Trish, Joey/Josie");
}

#[test]
fn neither_a_slip_nor_an_initial_is_a_usual_forename() {
    none_usual("Brain/Brian, Jsoeph/Joseph, J/Jane, J/James, Tomas/Thomsa, Jo/Joshua, Al/Alice");
    none_usual("/Jane, /, -/Jane");
}

#[test]
fn josephine_is_not_joseph_cut_short_even_when_only_a_doubt_is_asked_for() {
    for (a, b) in [("Joseph", "Josephine"), ("Daniel", "Danielle"), ("Clement", "Clementine")] {
        assert!(!ComparedName::of(a, "Hill").is_similar_to(&ComparedName::of(b, "Hill")), "{a}");
    }
}
