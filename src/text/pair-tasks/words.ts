// Short words, none with a letter twice in a row.

export const WORDS =
  `a and ant apple ask bad bag bank bat bed big bird black blue boat body bone book bow box boy bread brown bus but cake
  can cap car cat chair city clean cloud coat cold corn cow crab crow cup cut dark day desk dirt dog door down dream duck dust
  eat egg end face farm fast fat fish five flag fog food for fork four fox frog fruit game gate girl give go gold good
  green hat heart hen hole home horse hot house ice in iron jam jar jump key kid king kite lake lamp land leaf lemon light
  long man many map milk mind mole moon mouse name new night nine north nose nut oak old on one open orange owl page
  pan paper park pen pie pig pin plan plum pond pony queen quick quiet rain red rice ring river road rose salt sand sea
  seven shoe shop sing six sky snow soap song south star stone sun swan table tea ten three tiger time toy train tree
  turn two under very wait wall warm water wave west white wide wind wolf word yard year you young`
    .split(/\s+/)
    .filter((word) => !/(.)\1/.test(word));
