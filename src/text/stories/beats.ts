// The parts that many plots share: how a story opens, how friends and grown-ups come in, and how it ends.
// Throughout, a is the hero (a child, a "kid", or an animal, n), b the friend, g the grown-up.

export const beats = {
  story: '{<childHero>|<animalHero>} {|<about>|<about> <about2>} ¶ <plot> <ending>',

  childHero: `
    {Once upon a time,|Once,|Long ago,|{In|Somewhere in} a <settled> <town>,|Near <nearby>,|Not long ago,} there
    {lived|was} a
      <trait=trait> {<kid=girlWord> {named|called} <a=girl she>|<kid=boyWord> {named|called} <a=boy he>}.
    | {<a=girl she> was a <trait=trait> <kid=girlWord>|<a=boy he> was a <trait=trait> <kid=boyWord>}
      {who lived <dwelling>|from a <settled> <town>}.
    | {This is {the|a} story of|Let me tell you about|Everybody knew} {<a=girl she>, a <trait=trait>
    <kid=girlWord>|<a=boy he>, a <trait=trait> <kid=boyWord>}
      {who lived {near|beside} <nearby>|from a <settled> <town>}.`,
  animalHero: `
    {Once upon a time,|Once,|Deep in the {woods|forest|valley},|In a {green|misty|quiet} {forest|meadow|wood},|Long
    ago,} there {lived|was} a
      <trait=trait> {|little} <n=animal> {named|called} {<a=maleAnimal he>|<a=femaleAnimal she>}.
    | {<a=femaleAnimal she>|<a=maleAnimal he>} was a <trait=trait> <n=animal> {with a {snug|neat|comfortable}
    [n.home]|who lived near <nearby>}.`,

  about: `[a.he] loved <h=hobby> {|more than anything}.
    | [a.his] favourite food was <f=favourite>.
    | [a.he] {wanted|hoped} to be a <job=job> {one day|when [a.he] grew up}.
    | {Everyone|Everybody} liked [a.him] because [a.he] was so {funny|honest|generous|good at listening}.
    | [a.he] had {<number> {brothers|sisters}{|, and the house was never quiet}|no brothers or sisters{|, and the
    days were often long}}.`,
  about2: `{On most days [a.he]|[a.he]} {got up|woke up} {early|late|with the sun|before everyone else}.
    | In {winter, [a.he] liked to <winterFun>|summer, [a.he] liked to <summerFun>}. | In winter, [a.he] wore a
    {woolly|red|funny} hat. | In summer, [a.he] wore {a straw hat|sandals|sunglasses}.`,
  number: 'two|three|four|five|six|seven',
  job: `doctor|pilot|cook|captain|singer|teacher|farmer|clown|baker|dancer|painter|firefighter|poet|carpenter|scientist|vet`,
  winterFun: 'sit by the fire|listen to the rain|drink hot cocoa|walk in the snow|look at the stars',
  summerFun: 'lie in the grass|sleep outside|walk barefoot|drink cold lemonade|watch the swallows',

  friend: '{?kid:{<b=boy he>|<b=girl she>}|{<b=maleAnimal he>|<b=femaleAnimal she>} the <bn=animal>}',
  grownUp: '{?kid:{<g=mother she>|<g=father he>}|{<g=wiseMale he>|<g=wiseFemale she>}}',

  weepBit: `{|[a.he] {sat down and {sighed|cried}|wanted to cry|could not {eat|smile|sleep}|felt a lump in [a.his]
    throat}.}`,
  whatIsWrong: `{"What is {the matter|wrong}, [a]?" asked [b].|"Why do you look so <low>?" [b] asked.|"Are you all
    right?" asked [b] <softly>.}`,
  thanksB: `{[a] {hugged|thanked} [b] {|again and again}.|"Thank you, [b]!" {cried|said} [a].|"You are {a true|the
    best|a wonderful} friend," [a] told [b].}`,
  forgive: `{"{That is all right|I forgive you|Never mind}," said [b] {|<softly>}.|[b] {smiled|nodded} {|and took
    [a.his] {?kid:hand|paw}}.}`,
  idea: '{had an idea|had a {clever|bright|good} idea|thought of a plan|knew what to do}',

  ending: `{|¶} {
    That night, [a] {went to bed|fell asleep|curled up in <bed>} {feeling {<glad>|warm inside|light as a
    feather}|with a {smile|happy heart}|early}.
      {?h:{|[a.he] dreamed {of|about} [h].}|{|There were stars in the window.|The moon {was|hung} {round|yellow}
      above the {roofs|trees|hills}.}}
    | {?b:{From {that day|then} on, [a] and [b] {were {the best of|closer} friends|did everything together}.|After
    that, nothing could {part|come between} [a] and [b].}|From {that day|then} on, [a] was {a little|much}
    {wiser|braver|calmer}.}
    | {It had been a <bigTime> day {after all|}.|[a] never forgot that {day|time}.|What a {day|story|surprise}!|And
    [a] was so <glad>.}
    | {?f:{To celebrate,|For {supper|dinner},} there {was a {big|huge} {plate|bowl} of [f]|was plenty of [f]}{,
    [a.his] favourite|}.|{To celebrate,|Afterwards,} they {ate|shared} <feast=treat> {in the garden|by the fire|under
    the stars}.}
    | {?job:{Perhaps|Maybe} [a] would {really|} {become|be} a [job] {one day|after all}!|Everyone
    {clapped|laughed|cheered}, {even|and so did} the {baker|mayor|postman|old cat|shy deer|ducks}.}
    | [a] {smiled|laughed}. {It was good to be|There was nothing wrong with being} a [trait] {?kid:[kid]|[n]}{|,
    after all}.}`,
};
